/**
 * Files that a runner of before left in the middle of something: `diagnose`, `verify --repair` and `run` end whole, and pay
 * exactly what is missing, counted from the file itself.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CliEnd } from '../helpers/cli';
import { jsonOf } from '../helpers/cli';
import type { CacheField, Listing, OldPlace, OldProject } from '../helpers/old-runner';
import { flowOf, leaveByOldRunner, placesOf } from '../helpers/old-runner';
import type { TestProject } from '../helpers/project';
import type { Backend, Rig, RunAnswer } from '../helpers/rig';
import { openRig } from '../helpers/rig';
import type { TestStore } from '../helpers/store';
import { openStore } from '../helpers/store';

let rig: Rig;
let backend: Backend;
let project: TestProject;
let store: TestStore;
beforeAll(async () => {
  rig = await openRig();
  store = openStore();
});
beforeEach(async () => {
  backend = await rig.simulate({ imageMs: 5, videoMs: 10 });
  project = rig.project('XYZG3-V0-1');
});
afterAll(async () => {
  store.close();
  await rig.close();
});

const told = (...args: string[]): Promise<CliEnd> =>
  rig.cli(project, [...args, '--json'], { GLABS_SERVER: backend.url });

interface Diagnosed {
  readonly condition: string;
  readonly price: number;
  readonly output: { readonly state: string };
  readonly failures: readonly string[];
  readonly next: readonly string[];
}
const diagnose = async (): Promise<Diagnosed> => jsonOf<Diagnosed>(await told('diagnose', project.file));

const everything = (): boolean => true;
const price = (places: readonly OldPlace[]): number =>
  places.reduce((sum, { kind }) => sum + (kind === 'image' ? 1 : 10), 0);
const only = (places: readonly OldPlace[], kind: string): number => places.filter((one) => one.kind === kind).length;

/** From the state that is there to a whole file, as a person would go: look, mend for nothing, pay the rest. */
async function expectMended(missing: readonly OldPlace[], condition: string): Promise<RunAnswer> {
  expect(await diagnose()).toMatchObject({ condition, price: price(missing) });
  await told('verify', project.file, '--repair');
  expect(backend.paid()).toBe(0);
  const answer = await rig.run(project, backend, ['--concurrency', '5']);
  const { images, videos } = backend.bill();
  expect([images, videos]).toEqual([only(missing, 'image'), only(missing, 'video')]);
  await expectWhole(answer.output);
  return answer;
}

/** Every candidate that is asked for is listed and opens, in the file and in the output, and nothing is left to do. */
async function expectWhole(output: string): Promise<void> {
  const wanted = placesOf(flowOf(project.original)).length;
  for (const text of [project.text(), readFileSync(output, 'utf8')]) {
    const links = linksOf(text);
    expect(links).toHaveLength(wanted);
    const answers = await Promise.all(links.map(async (url) => (await fetch(url, { method: 'HEAD' })).status));
    expect(answers.filter((status) => status !== 200)).toEqual([]);
  }
  expect(await diagnose()).toMatchObject({ condition: 'complete', price: 0 });
  expect(jsonOf(await told('plan', project.file))).toMatchObject({ totals: { reuse: wanted, finish: 0, generate: 0 } });
}

/** The links of all cache fields, each once. */
function linksOf(text: string): readonly string[] {
  const fields: readonly CacheField[] = ['_savedImages', '_savedClips', '_savedVideos'];
  const lists = flowOf(text).tabs.flatMap(({ graphData }) =>
    graphData.nodes.flatMap(({ properties }) => fields.flatMap((field) => (properties[field] ?? []) as string[])),
  );
  return [...new Set(lists)];
}

const inScenes =
  (...scenes: readonly string[]) =>
  ({ scene }: OldPlace): boolean =>
    scenes.includes(scene ?? '');

/** Every second object is gone from the store, of pictures and of clips. */
async function loseHalf({ results }: OldProject): Promise<readonly OldPlace[]> {
  const lost = results.filter(({ index }) => index % 2 === 1);
  await store.remove(lost.map(({ url }) => url));
  return lost;
}

function leaveOutput(text: string): string {
  const { generationsDir, code, version } = project.layout;
  const path = join(generationsDir, `${code}-${version}-generated-20260512-143021.nbflow`);
  mkdirSync(generationsDir, { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** As the operators' manual describes it: a list of node id, type, attempts and message. */
const OLD_ERRORS = JSON.stringify([
  { nodeId: 17, errorType: '522', attempts: 3, message: '522 timeout' },
  { nodeId: 25, errorType: 'content_policy', attempts: 3, message: 'blocked' },
]);

test('links without receipts count as made, and only what nobody made is paid for', async () => {
  const { missing } = await leaveByOldRunner(project, store, {
    isMade: (place) => place.kind === 'image' || inScenes('01', '02')(place),
  });
  await expectMended(missing, 'unfinished');
});

test('_savedVideos as well as _savedClips: what either of them has is not made again', async () => {
  const lists: Record<string, Listing> = {
    '01': (urls) => ({ _savedClips: urls, _savedVideos: urls }),
    '02': (urls) => ({ _savedClips: [], _savedVideos: urls }),
    '03': (urls) => ({ _savedClips: [urls[0], null, urls[2], null], _savedVideos: [null, urls[1], null, urls[3]] }),
    '04': (urls) => ({ _savedClips: urls.slice(0, 2), _savedVideos: urls }),
  };
  const { missing } = await leaveByOldRunner(project, store, {
    isMade: ({ kind, scene }) => kind === 'image' || scene !== '05',
    list: (urls, own, node) =>
      node.kind === 'image' ? { [own]: urls } : (lists[node.scene ?? '']?.(urls, own, node) ?? {}),
  });
  await expectMended(missing, 'unfinished');
});

test('half of the links answer 404: the other half is kept in its place', async () => {
  const lost = await loseHalf(await leaveByOldRunner(project, store, { isMade: everything }));
  await expectMended(lost, 'unfinished');
});

test('a truncated -generated.nbflow: it is written again, and nothing is paid', async () => {
  await leaveByOldRunner(project, store, { isMade: everything });
  const torn = leaveOutput(project.text().slice(0, 20_000));
  const found = await diagnose();
  expect(found).toMatchObject({ condition: 'to-finish', output: { state: 'damaged' } });
  expect(found.next[0]).toContain('nbflow export');
  const answer = await expectMended([], 'to-finish');
  expect(answer.output).not.toBe(torn);
});

test('an errors.json of a pass long ago: it is told, and neither stops nor pays anything', async () => {
  const { missing } = await leaveByOldRunner(project, store, { isMade: ({ scene }) => scene !== '05' });
  mkdirSync(project.layout.generationsDir, { recursive: true });
  writeFileSync(project.layout.errorsFile, OLD_ERRORS);
  expect((await diagnose()).failures.join('\n')).toMatch(/node 17: 522: 522 timeout[^]*sets it aside/);
  await expectMended(missing, 'unfinished');
  const kept = readdirSync(project.layout.generationsDir).filter((name) => name.startsWith('errors.json.bak-'));
  expect(kept.map((name) => readFileSync(join(project.layout.generationsDir, name), 'utf8'))).toEqual([OLD_ERRORS]);
});

test.each([
  { fixture: 'week-1-testing', places: 24 },
  { fixture: 'XYZS1-V0-4', places: 320 },
])('all of it at once in $fixture', async ({ fixture, places }) => {
  project = rig.project(fixture);
  const left = await leaveByOldRunner(project, store, {
    // Of every account or tab the clips of the last node are not made at all.
    isMade: ({ kind, title }) => kind === 'image' || !/Scene 0[58]|B-roll 02/.test(title),
    list: (urls, own, { kind }) =>
      kind === 'image' ? { [own]: urls } : { _savedClips: urls.slice(0, 2), _savedVideos: urls },
  });
  expect([...left.results, ...left.missing]).toHaveLength(places);
  const lost = await loseHalf(left);
  leaveOutput(project.text().slice(0, 9_000));
  writeFileSync(project.layout.errorsFile, OLD_ERRORS);
  expect(await diagnose()).toMatchObject({ output: { state: 'damaged' }, failures: expect.any(Array) as unknown });
  await expectMended([...left.missing, ...lost], 'unfinished');
  const paid = backend.paid();
  expect(await rig.run(project, backend)).toMatchObject({ generations: { paid: 0, reused: places } });
  expect(backend.paid()).toBe(paid);
});
