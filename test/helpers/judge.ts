/** Judgement of a pass from outside: the bill, the receipts, the files, the links, the text. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Simulator } from '../../src/simulator/simulator';
import type { Generation } from '../../src/flow/receipt';
import type { TestProject } from './project';

/** Every task on the bill is in exactly one receipt, and the other way round. */
export function expectBillInReceipts(project: TestProject, backend: Simulator): void {
  const owned = project.generations().flatMap(({ taskId }) => (taskId === null ? [] : [taskId]));
  const charged = backend.bill().entries.map((entry) => entry.task_id);
  expect([...owned].sort()).toEqual([...charged].sort());
}

/** No two paid entries stand for the same candidate, so nothing was bought twice. */
export function current(project: TestProject): readonly Generation[] {
  return project.generations().filter(({ superseded }) => !superseded);
}

/** Every result is on disk, opens under its link with the very same bytes, and stands in the output and in the source. */
export async function expectResultsOpen(project: TestProject, output: string, count: number): Promise<void> {
  const entries = current(project);
  expect(entries).toHaveLength(count);
  expect(new Set(entries.map(({ state }) => state))).toEqual(new Set(['cached']));
  const texts = [readFileSync(output, 'utf8'), project.text()];
  const queue = [...entries];
  const lane = async (): Promise<void> => {
    for (let entry = queue.shift(); entry; entry = queue.shift()) await expectOpens(project, entry, texts);
  };
  await Promise.all(Array.from({ length: 16 }, lane));
  // A byte order mark of the source is kept (D32).
  expect(JSON.parse((texts[0] ?? '').replace('\uFEFF', ''))).toBeInstanceOf(Object);
}

async function expectOpens(project: TestProject, entry: Generation, texts: readonly string[]): Promise<void> {
  const local = sha256(readFileSync(join(project.layout.baseDir, entry.file ?? '')));
  const answer = await fetch(entry.url ?? '');
  const remote = sha256(Buffer.from(await answer.arrayBuffer()));
  expect([answer.status, remote, entry.sha256]).toEqual([200, local, local]);
  for (const text of texts) expect(text.includes(JSON.stringify(entry.url))).toBe(true);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
