import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { listOutputs } from '../../src/files/outputs';

test('outputs of this version alone, the newest last, whoever wrote them', async () => {
  const generationsDir = mkdtempSync(join(tmpdir(), 'outputs-'));
  const names = [
    'XYZG3-V0-1-generated-20260512-143021.nbflow',
    'xyzg3-v0-1-generated-20260511-090000.NBFLOW',
    'XYZG3-V0-1-generated.nbflow',
    'XYZG3-V0-10-generated-20260513-000000.nbflow',
    'XYZG3-V0-1-generated-20260514-000000.html',
    'XYZG3-V0-1.nbflow',
  ];
  for (const name of names) writeFileSync(join(generationsDir, name), '');
  const found = await listOutputs({ generationsDir, code: 'XYZG3', version: 'V0-1' });
  expect(found.map((path) => basename(path))).toEqual([names[2], names[1], names[0]]);
  rmSync(generationsDir, { recursive: true });
  expect(await listOutputs({ generationsDir, code: 'XYZG3', version: 'V0-1' })).toEqual([]);
});
