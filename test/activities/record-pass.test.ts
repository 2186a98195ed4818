import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordPass } from '../../src/activities/record-pass';
import { readHistory } from '../../src/files/history-file';
import { projectLayout } from '../../src/files/layout';
import { ReceiptStore } from '../../src/files/receipts';
import { emptyOutcome } from '../../src/flow/outcome';
import type { Project } from '../../src/project';
import type { ExportInput } from '../../src/workflows/messages';
import { compiledOf, fullReceipt, generator } from '../helpers/flows';
import { makeRegistry } from '../helpers/registry';

const SCENE = generator();
const STARTED = Date.UTC(2026, 4, 12, 14, 30);

let root: string;
let project: Project;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'nbflow-record-'));
  const layout = projectLayout(join(root, 'projects', 'may', 'xyz-wellness', 'XYZG3-V0-1.nbflow'), { root });
  const receipts = new ReceiptStore(layout.receiptsDir);
  await receipts.update('n5', () => fullReceipt(SCENE));
  project = { layout, text: '', flow: compiledOf([SCENE]), receipts };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function recordEnd(overrides: Partial<ExportInput> = {}): ReturnType<typeof recordPass> {
  const outcome = { ...emptyOutcome(SCENE.key, 'done'), paid: 4 };
  const pass: ExportInput = {
    file: project.layout.file,
    root,
    pass: 'pass-1',
    startedAt: STARTED,
    finishedAt: STARTED + 90_000,
    backup: null,
    nodes: [],
    outcomes: { [SCENE.key]: outcome },
    onLost: 'regenerate',
    cancelled: false,
    ...overrides,
  };
  return recordPass(project, { pass, output: '/out.nbflow', complete: true, prices: { image: 2, video: 10 } });
}

const texts = async (): Promise<readonly string[]> =>
  (await readHistory(project.layout.historyFile)).entries.map(({ text }) => text);

test('the end of a pass has one line, with its numbers, however often the export is repeated', async () => {
  await Promise.all([recordEnd(), recordEnd()]);
  await recordEnd();
  const { entries } = await readHistory(project.layout.historyFile);
  const pass = { id: 'pass-1', state: 'done', seconds: 90, paid: 4, generated: 4, price: 8, output: '/out.nbflow' };
  expect(entries).toMatchObject([
    { at: '2026-05-12T14:31:30.000Z', text: 'V0-1: 4 generated, nothing paid twice, full output', pass },
  ]);
});

test('an export that died between the history and the registry makes up for it when it is repeated', async () => {
  await recordEnd();
  const registry = makeRegistry(root);
  await recordEnd();
  await recordEnd();
  expect([await texts(), registry.notes().map(({ notes }) => notes)]).toEqual([
    ['V0-1: 4 generated, nothing paid twice, full output'],
    ['first storyboard', 'V0-1: 4 generated, nothing paid twice, full output'],
  ]);
});

test('a pass that somebody reset in Temporal ends a second time, and says so', async () => {
  await recordEnd();
  await recordEnd({ finishedAt: STARTED + 200_000, past: { waitedMs: { backend: 60_000 }, moves: 0 } });
  expect(await texts()).toEqual([
    'V0-1: 4 generated, nothing paid twice, full output',
    'V0-1: waited 60 s for G-Labs, 4 generated, nothing paid twice, full output',
  ]);
});
