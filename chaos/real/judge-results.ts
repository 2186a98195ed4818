/** Whether every result is where it must be: on the disk, under its link, in the source and in the output. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Generation } from '../../src/flow/receipt';
import { SAFE_STATES } from '../../src/flow/receipt';
import { outsideCaches } from '../../test/helpers/outside-caches';
import type { Books, Breach, Owned } from './judge';
import type { Scene } from './stage';

export interface Wanted {
  readonly output: string;
  readonly expected: number;
}

export async function judgeResults(scene: Scene, books: Books, { output, expected }: Wanted): Promise<Breach[]> {
  const { project } = scene;
  const counting = books.owned.filter(({ entry }) => !entry.superseded && entry.state === 'cached');
  const candidates = new Set(counting.map(({ name }) => name));
  const breaches: Breach[] = [];
  if (candidates.size !== expected)
    breaches.push({ kind: 'unfinished', text: `${candidates.size} candidates of ${expected} are done` });
  breaches.push(...judgeText('the source', project.file, project.original));
  breaches.push(...judgeText('the output', output, project.original));
  const texts = [project.file, output].filter(existsSync).map((path) => readFileSync(path, 'utf8'));
  const queue = books.owned.filter(({ entry }) => SAFE_STATES.has(entry.state));
  const lane = async (): Promise<void> => {
    for (let one = queue.shift(); one; one = queue.shift()) breaches.push(...(await judgeResult(scene, books, one)));
  };
  await Promise.all(Array.from({ length: 6 }, lane));
  for (const { name, entry } of counting) {
    if (!texts.every((text) => text.includes(JSON.stringify(entry.url))))
      breaches.push({ kind: 'unfinished', text: `${name} does not stand in the source and in the output` });
  }
  return breaches;
}

function judgeText(what: string, path: string, original: string): Breach[] {
  try {
    const text = readFileSync(path, 'utf8');
    JSON.parse(text);
    if (outsideCaches(text) === outsideCaches(original)) return [];
    return [{ kind: 'damaged', text: `${what} is changed outside of cache fields: ${path}` }];
  } catch (error) {
    return [{ kind: 'damaged', text: `${what} can't be read: ${(error as Error).message}` }];
  }
}

async function judgeResult(scene: Scene, books: Books, { name, entry }: Owned): Promise<Breach[]> {
  const local = localHash(scene, entry);
  const remote = await remoteHash(entry);
  if (local !== entry.sha256 && remote !== entry.sha256)
    return [{ kind: 'lost', text: `${name}: its bytes are neither on the disk nor in the store` }];
  const breaches: Breach[] = [];
  if (local !== entry.sha256) breaches.push({ kind: 'unfinished', text: `${name}: ${entry.file} is not its picture` });
  if (entry.state === 'cached' && remote !== entry.sha256)
    breaches.push({ kind: 'unfinished', text: `${name}: ${entry.url} does not show its picture` });
  const made = madeHash(scene, books, entry);
  if (made !== null && made !== entry.sha256)
    breaches.push({ kind: 'mixed', text: `${name} holds other bytes than task ${entry.taskId} made` });
  return breaches;
}

function localHash({ project }: Scene, { file }: Generation): string | null {
  const path = join(project.layout.baseDir, file ?? '');
  return file !== null && existsSync(path) ? sha256(readFileSync(path)) : null;
}

/** The last blow may have been one at the store, which is back within seconds: only its own word counts. */
const STORE_PATIENCE_MS = 20_000;
const STORE_LOOK_MS = 250;

async function remoteHash({ url }: Generation): Promise<string | null> {
  if (url === null) return null;
  for (const until = performance.now() + STORE_PATIENCE_MS; ; await delay(STORE_LOOK_MS)) {
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) return sha256(Buffer.from(await answer.arrayBuffer()));
    const told = answer !== null && answer.status < 500;
    if (told || performance.now() > until) return null;
  }
}

/** What the backend made for the entry's task; null where it kept nothing. Its files are named by the bill's number. */
function madeHash({ backend }: Scene, books: Books, { taskId }: Generation): string | null {
  const charge = books.charges.find((one) => one.task_id === taskId);
  const folder = join(backend.dir, 'files');
  if (!charge || !existsSync(folder)) return null;
  const name = readdirSync(folder).find((file) => file.startsWith(`${String(charge.n).padStart(3, '0')}_`));
  return name === undefined ? null : sha256(readFileSync(join(folder, name)));
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
