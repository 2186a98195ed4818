import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { addHistory } from '../src/files/history-file';
import { projectLayout } from '../src/files/layout';
import { trackedWorkflows } from '../src/tracker-workflows';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tracked-'));
  mkdirSync(join(root, 'reference'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, day = 27): string {
  const file = join(root, ...path.split('/'));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '{}');
  const at = new Date(2026, 10, day, 12);
  utimesSync(file, at, at);
  return file;
}
const registry = (workflows: object): void =>
  writeFileSync(join(root, 'reference', 'version-registry.json'), JSON.stringify({ workflows }));
const note = (file: string, at: string, text: string): Promise<unknown> =>
  addHistory(projectLayout(file).historyFile, { schema: 1, id: text, at, version: 'V0-1', kind: 'note', text });
const all = (files: readonly string[] = []): ReturnType<typeof trackedWorkflows> =>
  trackedWorkflows({ root, brand: null, files });

describe('without a registry', () => {
  test('a row per code: its newest version, where that lies, its last note', async () => {
    put('projects/may/xyz/testing/XYZG3-V0-2.nbflow');
    const newest = put('projects/may/xyz/testing/XYZG3-V0-10.nbflow', 26);
    put('projects/may/xyz/backups/XYZG3-V0-11.nbflow');
    put('projects/june/xyz/approved/XYZS1-V1.nbflow', 20);
    await note(newest, '2026-11-25T12:00:00.000Z', 'second');
    await note(newest, '2026-11-24T12:00:00.000Z', 'first');
    const { workflows, remarks } = await all();
    expect(remarks).toEqual([]);
    expect(workflows.toSorted((a, b) => (a.code < b.code ? -1 : 1))).toEqual([
      {
        code: 'XYZG3',
        brand: 'xyz',
        version: 'V0-10',
        status: 'testing',
        fanOut: null,
        updated: '2026-11-25',
        file: 'projects/may/xyz/testing/XYZG3-V0-10.nbflow',
        link: null,
        notes: 'second',
        history: [
          { date: '2026-11-24', version: 'V0-1', notes: 'first' },
          { date: '2026-11-25', version: 'V0-1', notes: 'second' },
        ],
      },
      expect.objectContaining({ code: 'XYZS1', status: 'approved', updated: '2026-11-20', notes: null, history: [] }),
    ]);
  });

  test('only the workflows of the files that are named', async () => {
    const file = put('projects/may/xyz/testing/XYZG3-V0-1.nbflow');
    put('projects/may/xyz/testing/XYZG3-V0-2.nbflow');
    put('projects/may/xyz/testing/XYZS1-V0-1.nbflow');
    const { workflows } = await all([file]);
    expect(workflows.map(({ code, version }) => [code, version])).toEqual([['XYZG3', 'V0-2']]);
  });

  test('a folder that is no project is not searched through', async () => {
    rmSync(join(root, 'reference'), { recursive: true });
    put('below/XYZS1-V0-1.nbflow');
    await expect(all()).rejects.toMatchObject({ type: 'Usage', exitCode: 2 });
    put('XYZG3-V0-1.nbflow');
    expect((await all()).workflows.map(({ code }) => code)).toEqual(['XYZG3']);
  });
});

describe("with the team's registry", () => {
  const history = [
    { version: 'V0-1', date: '2026-05-13', notes: 'later' },
    { version: 'V0-1', date: '2026-05-12', notes: 'earlier' },
    {},
  ];

  test('it is the truth; what it does not say comes from the files', async () => {
    put('projects/may/xyz/testing/XYZG3-V0-1.nbflow');
    put('projects/may/xyz/testing/XYZG3-V0-2.nbflow');
    registry({
      xyz: {
        XYZG3: {
          current_version: 'V0-1',
          fanned_out_to_accounts: [],
          test_account: 'A',
          drive_link: 'https://drive.example/1',
          history,
        },
        XYZS7: { current_version: 'V1', status: 'archived', fanned_out_to_accounts: ['B'], last_updated: '2026-01-02' },
      },
    });
    const { workflows, remarks } = await all();
    expect(workflows).toEqual([
      {
        code: 'XYZG3',
        brand: 'xyz',
        version: 'V0-1',
        status: 'testing',
        fanOut: 'not yet (test account A)',
        updated: '2026-05-13',
        file: 'projects/may/xyz/testing/XYZG3-V0-1.nbflow',
        link: 'https://drive.example/1',
        notes: 'later',
        history: history.slice(0, 2).map(({ version = '', date = '', notes = '' }) => ({ date, version, notes })),
      },
      expect.objectContaining({
        code: 'XYZS7',
        status: 'archived',
        fanOut: '1 account: B',
        updated: '2026-01-02',
        file: null,
        notes: null,
      }),
    ]);
    expect(remarks).toEqual(['XYZG3: the registry says V0-1, but there is V0-2 in the project.']);
  });

  test('files that it does not have are named, and refused when they are asked for', async () => {
    const stranger = put('projects/may/xyz/testing/ABCG1-V0-1.nbflow');
    const known = put('projects/may/xyz/testing/XYZG3-V0-1.nbflow');
    registry({ xyz: { XYZG3: {}, XYZS7: {} }, other: { ABCG1: {} } });
    expect((await all()).remarks).toEqual(['Not in the registry, so without a row: ABCG1.']);
    const one = await all([known]);
    expect(one.workflows.map(({ code }) => code)).toEqual(['XYZG3']);
    expect(one.remarks).toEqual([]);
    await expect(all([stranger])).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('ABCG1') as string,
    });
  });

  test('one without workflows is told, not taken for an empty tracker', async () => {
    registry({});
    await expect(all()).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('has no workflows') as string,
    });
  });
});
