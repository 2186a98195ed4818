/** Before the tests on real servers: an up-to-date build, the programs, one Temporal server and one object store. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homeFolders, makeHome } from '../../src/services/home';
import { writePorts } from '../../src/services/ports';
import { up } from '../../src/services/up';
import { endHomesOf, neutralEnv, noteHome, privatePorts, REPOSITORY, sharedPrograms } from './machine';

async function globalSetup(): Promise<void> {
  process.env['NBFLOW_TEST_RUNNER'] = String(process.pid);
  await endHomesOf(process.pid);
  buildIfStale();
  const programs = await sharedPrograms();
  Object.assign(process.env, programs);
  const home = mkdtempSync(join(tmpdir(), 'nbflow-servers-'));
  noteHome(home);
  const env = { ...neutralEnv(), ...programs, NBFLOW_HOME: home };
  await makeHome(homeFolders(env));
  await writePorts(homeFolders(env), privatePorts(process.pid));
  const { env: addresses, store } = await up({ env, worker: false });
  process.env['NBFLOW_TEST_SERVERS'] = JSON.stringify(addresses);
  Object.assign(process.env, {
    S3_TEST_ENDPOINT: store.endpoint,
    S3_TEST_BUCKET: store.bucket,
    S3_TEST_ACCESS_KEY_ID: store.accessKeyId,
    S3_TEST_SECRET_ACCESS_KEY: store.secretAccessKey,
    S3_TEST_PUBLIC_BASE_URL: store.publicBaseUrl,
  });
}

/** Workers, the CLI and the supervisor run what was built. */
function buildIfStale(): void {
  const built = statSync(join(REPOSITORY, 'dist', 'workflow-bundle.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(join(REPOSITORY, 'src'), { recursive: true, encoding: 'utf8' });
  const newest = Math.max(...sources.map((name) => statSync(join(REPOSITORY, 'src', name)).mtimeMs));
  if (built > newest) return;
  const build = spawnSync('npm', ['run', 'build'], { cwd: REPOSITORY, encoding: 'utf8', shell: true });
  if (build.status !== 0) throw new Error(`npm run build failed:\n${build.stdout}${build.stderr}`);
}

module.exports = globalSetup;
