import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { copyPicked } from '../../src/activities/picked';
import { projectLayout } from '../../src/files/layout';
import { candidateStates } from '../../src/flow/candidates';
import type { Project } from '../../src/project';
import { compiledOf, entry, evidenceOf, generator, receiptOf } from '../helpers/flows';

const gate = { tab: 0, id: 6 };
const node = generator({ outputCount: 2, gates: [gate] });
const entries = [1, 2].map((candidate) => entry(node, { candidate, file: `Assets/c${candidate}.png` }));
const urls = entries.map(({ url }) => url);

function setUp(): { root: string; copy: string; copyNow: (pick?: number) => Promise<void> } {
  const root = mkdtempSync(join(tmpdir(), 'nbflow-picked-'));
  const layout = projectLayout(join(root, 'XYZG3-V0-1.nbflow'), { root });
  mkdirSync(join(root, 'Assets'));
  for (const n of [1, 2]) writeFileSync(join(root, `Assets/c${n}.png`), `candidate ${n}`.padEnd(10 + n));
  const states = candidateStates(node, receiptOf(node, entries), evidenceOf());
  const copyNow = (pick?: number): Promise<void> => {
    const properties = pick === undefined ? {} : { _savedApprovalImages: urls, _savedApprovalIndex: pick };
    return copyPicked({ layout } as unknown as Project, compiledOf([node], { '0:6': properties }), node, states);
  };
  return { root, copyNow, copy: join(root, 'Assets/XYZG3/generated-images/v0-1/scene01.png') };
}

test('the first candidate stands for the scene until somebody picks', async () => {
  const { copy, copyNow } = setUp();
  await copyNow();
  expect(readFileSync(copy, 'utf8').trim()).toBe('candidate 1');
  await copyNow(1);
  expect(readFileSync(copy, 'utf8').trim()).toBe('candidate 2');
});

test('a copy that can not be written holds nothing up and leaves no half file', async () => {
  const { copy, copyNow } = setUp();
  mkdirSync(join(copy, 'in the way'), { recursive: true });
  await copyNow();
  expect(existsSync(`${copy}.part`)).toBe(false);
  expect(existsSync(dirname(copy))).toBe(true);
});
