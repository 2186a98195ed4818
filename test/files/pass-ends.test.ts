import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { notePassEnd, readPassEnds } from '../../src/files/pass-ends';
import type { PassEnd } from '../../src/flow/giving-up';

const end = (pass: string, state: PassEnd['state'] = 'done'): PassEnd => ({
  pass,
  at: '2026-05-12',
  state,
  failures: [],
});

test('the last few ends are kept, of each pass the newest, and one that can not be read is as none', async () => {
  const base = mkdtempSync(join(tmpdir(), 'nbflow-ends-'));
  const dir = join(base, 'receipts');
  expect(await readPassEnds(dir)).toEqual([]);
  for (let i = 1; i <= 12; i++) await notePassEnd(dir, end(`p${i}`));
  await notePassEnd(dir, end('p12', 'cancelled'));
  const ends = await readPassEnds(dir);
  expect(ends.map(({ pass }) => pass)).toEqual(['p5', 'p6', 'p7', 'p8', 'p9', 'p10', 'p11', 'p12']);
  expect(ends.at(-1)?.state).toBe('cancelled');
  expect(readdirSync(base)).toEqual(['pass-ends.json']);
  writeFileSync(join(base, 'pass-ends.json'), '{"version": 1, "ends": [');
  expect(await readPassEnds(dir)).toEqual([]);
  await notePassEnd(dir, end('p13'));
  expect(await readPassEnds(dir)).toEqual([end('p13')]);
});
