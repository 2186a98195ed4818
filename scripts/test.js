'use strict';
// `npm test`: everything from a bare clone, in order; ends with one line that counts. Needs only Node (and python3 with
// pip, once, for the servers' programs; see README).
const { spawn, spawnSync } = require('node:child_process');
const { existsSync, mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join, relative, resolve } = require('node:path');

const root = resolve(__dirname, '..');
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const counts = { passed: 0, failed: 0 };

function run(command, args) {
  const shell = process.platform === 'win32';
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', shell }).status === 0;
}

/** One step that counts as one check. What it says is shown when it has ended, since others run beside it. */
async function check(title, args) {
  const shell = process.platform === 'win32';
  const child = spawn(npm, ['run', '--silent', ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], shell });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk));
  const ok = await new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
  process.stdout.write(`\n== ${title}\n${Buffer.concat(said).toString()}`);
  counts[ok ? 'passed' : 'failed']++;
  if (!ok) process.stdout.write(`FAILED: ${title} (npm run ${args.join(' ')})\n`);
  return ok;
}

/** They use one core each, so two of them run at a time. */
async function staticChecks() {
  const simulation = check('simulation of the money protocol', ['chaos:built', '--', '--sim', '3000', '--seed', '1']);
  await check('format', ['format:check']);
  await check('lint', ['lint']);
  await check('types', ['types']);
  await simulation;
}

/** Failures are told again at the end, where people look. */
function tests(title, project, more = []) {
  process.stdout.write(`\n== ${title}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'nbflow-test-'));
  const file = join(folder, 'result.json');
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  run(process.execPath, [jest, '--selectProjects', project, '--json', `--outputFile=${file}`, ...more]);
  const failures = existsSync(file) ? count(JSON.parse(readFileSync(file, 'utf8'))) : [`${title} did not run`];
  if (!existsSync(file)) counts.failed++;
  rmSync(folder, { recursive: true, force: true });
  return failures;
}

function count(result) {
  counts.passed += result.numPassedTests;
  counts.failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
  return result.testResults.flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    const file = relative(root, name);
    if (failed.length === 0 && assertionResults.length === 0 && message) return [`${file}: ${message}`];
    return failed.map(({ fullName, failureMessages }) => `${file}: ${fullName}\n${failureMessages.join('\n')}`);
  });
}

async function main() {
  if (!existsSync(join(root, 'node_modules')) && !run(npm, ['ci'])) {
    process.stdout.write('npm ci failed\n0 passed, 1 failed\n');
    return 1;
  }
  const built = await check('build', ['build']);
  await staticChecks();
  const failures = tests('unit', 'unit');
  if (built) failures.push(...tests('on real servers', 'servers', ['--maxWorkers=3']));
  for (const failure of failures) process.stdout.write(`\nFAILED: ${failure}\n`);
  process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed\n`);
  return counts.failed === 0 ? 0 : 1;
}

void main().then((code) => {
  process.exitCode = code;
});
