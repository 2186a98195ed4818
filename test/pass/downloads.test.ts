/** What comes instead of a whole picture or film never gets its name: it is fetched again, not made again. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Said } from '../helpers/between';
import { standBetween } from '../helpers/between';
import { jsonOf } from '../helpers/cli';
import { current, expectBillInReceipts, expectResultsOpen } from '../helpers/judge';
import type { TestProject } from '../helpers/project';
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { eachPass } from '../helpers/rig';
import { until } from '../helpers/wait';

const ARGS = ['--scene', '1'];
const FOR_EVER = 600_000;

let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made), { plain: false });

/** Files of results, whole or not, under names that people see. */
function named(kind: 'image' | 'video'): readonly string[] {
  const folder = join(project.layout.baseDir, 'Assets', project.layout.code, `generated-${kind}s`);
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  return names.filter((name) => /\.(png|jpg|webp|mp4)$/.test(name));
}

async function expectWhole(answer: RunAnswer): Promise<void> {
  expect(answer).toMatchObject({ state: 'done', generations: { lost: 0 }, errorsFile: null });
  expect(backend.paid()).toBe(8);
  expectBillInReceipts(project, backend);
  await expectResultsOpen(project, answer.output, 8);
}

test.each([
  ['image', 0.01, 0.5],
  ['video', 0.5, 0.99],
] as const)(
  'downloads of a %s that break off after %d and %d of it: tried again until they are whole',
  async (type, first, later) => {
    const match = { route: 'files' as const, type };
    backend.faults.add({ kind: 'bad-bytes', how: 'cut', part: first, count: 2, match });
    backend.faults.add({ kind: 'bad-bytes', how: 'cut', part: later, forMs: FOR_EVER, match });
    const run = rig.startRun(project, backend, ARGS);
    await until('words about it', () => /again|waiting/.test(run.said()));
    expect(named(type)).toEqual([]);
    backend.faults.clear();
    const end = await run.ended;
    expect(end.code).toBe(0);
    await expectWhole(jsonOf<RunAnswer>(end));
  },
);

const page = '<html><head><title>Just a moment…</title></head></html>';
const picture = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const BAD: Readonly<Record<'image' | 'video', readonly (string | Buffer)[]>> = {
  image: [page, '', picture, box('ftyp', 'isom')],
  video: [
    page,
    '',
    Buffer.concat([box('ftyp', 'isom'), box('moov', '')]),
    Buffer.concat([box('ftyp', 'isom'), box('mdat', 'x'.repeat(20_000))]),
  ],
};

test.each([
  ['image', 'a page, nothing, a part of a picture, a part of a film', 4],
  ['video', 'a page, nothing, a film without content, a film without its index (moov)', 8],
] as const)('downloads of a %s that bring %s are refused, and fetched by the next run', async (kind, _what, paid) => {
  const labs = await standBetween(backend.url);
  const wanted = kind === 'image' ? /\.png/ : /\.mp4/;
  const files: string[] = [];
  /** Each file is wrong in its own way, however often it is asked for. */
  const wrong = (path: string): Said => {
    if (!files.includes(path)) files.push(path);
    return { status: 200, headers: { 'content-type': `${kind}/any` }, body: BAD[kind][files.indexOf(path) % 4] ?? '' };
  };
  labs.obey({ before: ({ path }) => (wanted.test(path) ? wrong(path) : undefined) });
  const args = ['run', project.file, '--server', labs.url, '--json', ...ARGS];
  const failed = await rig.cli(project, args);
  expect(failed.code).toBe(1);
  expect(jsonOf<RunAnswer>(failed)).toMatchObject({ nodes: { failed: 1 }, generations: { paid, lost: 0 } });
  expect(failed.stdout).toMatch(/fetches it once more, pays nothing again/);
  expect(files).toHaveLength(4);
  expect(named(kind)).toEqual([]);
  expect(project.text()).not.toMatch(kind === 'image' ? /-c\d\.png/ : /-c\d\.mp4/);
  const entries = current(project).filter(({ state }) => state !== 'cached');
  expect(entries.map(({ state, file }) => [state, file])).toEqual(Array(4).fill(['submitted', null]));
  labs.obey({});
  const mended = await rig.cli(project, args);
  expect([mended.code, jsonOf<RunAnswer>(mended).generations.paid]).toEqual([0, 8 - paid]);
  await expectWhole(jsonOf<RunAnswer>(mended));
  await labs.close();
});

function box(type: string, content: string): Buffer {
  const bytes = Buffer.from(`0000${type}${content}`);
  bytes.writeUInt32BE(bytes.length);
  return bytes;
}
