/** `check --fix` and `check --deep` as people type them: on files that were made before they were damaged, and on pictures that do not open. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { quoted } from '../../src/flow/advice';
import { jsonOf } from '../helpers/cli';
import type { CliEnd } from '../helpers/cli';
import { editedText } from '../helpers/edited';
import { expectBillInReceipts } from '../helpers/judge';
import type { TestProject } from '../helpers/project';
import { FIXTURES } from '../helpers/references';
import type { Backend, Rig } from '../helpers/rig';
import { eachPass } from '../helpers/rig';
import { until } from '../helpers/wait';

interface Answer {
  readonly errors: number;
  readonly findings: readonly { rule: string; severity: string; message: string; fix: string | null }[];
  readonly pictures?: number;
  readonly fix: {
    readonly written: boolean;
    readonly backup: string;
    readonly fixes: readonly { rule: string; title: string; values: readonly { path: string }[] }[];
    readonly effects: readonly { title: string; again: number; more: number; kept: number; price: number }[];
  };
}

let rig: Rig;
let backend: Backend;
let project: TestProject;
eachPass((made) => ({ rig, backend, project } = made));

const STILLS = ['--scene', '1,2', '--mode', 'images'];
const told = (...args: string[]): Promise<CliEnd> => rig.cli(project, ['check', project.file, ...args]);
const check = async (code: number, ...args: string[]): Promise<Answer> => {
  const end = await told(...args, '--json');
  if (end.code !== code) throw new Error(`exit ${end.code}:\n${end.stdout}${end.stderr}`);
  return jsonOf<Answer>(end);
};
const backups = (): string[] =>
  readdirSync(dirname(project.file)).includes('backups')
    ? readdirSync(project.layout.backupsDir).filter((name) => name.includes('pre-fix'))
    : [];
/** What PatchWork and a careless script leave: notes that lie, a setting lost, a slot renamed. */
const damaged = (): string =>
  editedText(project.text(), (graph, node) => {
    delete node('Scene 01 — image gen').properties['model'];
    delete node('Scene 01 — video gen').properties['negativePrompt'];
    node('Scene 02 — image gen').properties['outputCount'] = 1;
    for (const input of node('Scene 02 — image gen').inputs.slice(1)) input.link = null;
    for (const input of node('Prompt: Scene 03 image').inputs) input.name = 'posture';
  });

test('a damaged file is mended after a backup, and what was made before counts as before', async () => {
  await rig.run(project, backend, STILLS);
  const text = damaged();
  project.write(text);
  expect((await told()).code).toBe(3);
  const dry = await check(0, '--fix', '--dry-run');
  expect([dry.fix.written, dry.fix.fixes.map(({ rule }) => rule).sort()]).toEqual([
    false,
    ['R1', 'R2', 'R4', 'R7', 'R9'],
  ]);
  const unasked = await told('--fix');
  expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('--yes')]);
  expect([project.text(), backups()]).toEqual([text, []]);

  const words = await told('--fix', '--yes');
  expect([words.code, words.stdout]).toEqual([0, expect.stringContaining('A run would accept this file.')]);
  expect(words.stdout).toMatch(
    /"Scene 01 — image gen": sets its model to nano_banana_2 \[R1\]\n +tabs\[0\]\.graphData.* is added/,
  );
  expect(words.stdout).toMatch(/properties\.outputCount: 1 → 4\n/);
  const mended = project.text();
  expect(readFileSync(join(project.layout.backupsDir, backups()[0] ?? ''), 'utf8')).toBe(text);

  expect(await check(0, '--fix', '--yes')).toMatchObject({ findings: [], fix: { written: false, fixes: [] } });
  expect([project.text(), backups().length]).toEqual([mended, 1]);
  const answer = await rig.run(project, backend, STILLS);
  expect([answer.generations.paid, backend.paid()]).toEqual([0, 8]);
  expectBillInReceipts(project, backend);
  const back = await rig.cli(project, ['restore', project.file, 'pre-fix']);
  expect([back.code, project.text()]).toEqual([0, text]);
});

test('a fix that changes what a scene asks for says so with its price, and the run pays just that', async () => {
  await rig.run(project, backend, STILLS);
  project.write(
    editedText(project.text(), (_, node) => {
      node('Scene 01 — pose').properties['dynamicRows'] = [{ text: 'waving at the camera' }];
      node('Scene 02 — pose').properties['dynamicRows'] = [{ text: 'waving', note: 'or not' }];
    }),
  );
  const dry = await told('--fix', '--dry-run');
  expect([dry.code, dry.stdout]).toEqual([
    3,
    expect.stringContaining('changes what Scene 01 — image gen asks for: a run makes 4 pictures again for 4 units.'),
  ]);
  const { fix, findings } = await check(3, '--fix', '--yes');
  expect(fix.effects).toMatchObject([{ title: 'Scene 01 — image gen', again: 4, more: 0, kept: 0, price: 4 }]);
  expect(findings.map(({ rule, fix: mend }) => [rule, mend])).toEqual([['R6', null]]);
  project.write(
    editedText(project.text(), (_, node) => {
      node('Scene 02 — pose').properties['dynamicRows'] = ['waving'];
    }),
  );
  await rig.run(project, backend, ['--scene', '1', '--mode', 'images']);
  expect(backend.paid()).toBe(12);
});

test('When the runner produces invalid output: the check says why, a fix mends it, and what to make afresh is told with its command', async () => {
  const scene = ['--scene', '1', '--mode', 'images'];
  await rig.run(project, backend, scene);
  // As the old runner leaves it: made with another model than was meant, an avatar that never arrived, no record.
  rmSync(project.layout.receiptsDir, { recursive: true });
  project.write(
    editedText(project.text(), (_, node) => {
      node('Scene 01 — image gen').properties['model'] = 'nano_banana';
      node('Avatar Image — account-a').outputs.forEach((output) => (output.links = []));
    }),
  );
  const found = await told();
  expect([found.code, found.stderr]).toEqual([3, expect.stringMatching(/→ Mend .*nbflow check .* --fix\n/)]);
  const mended = await told('--fix', '--yes');
  const [, command = ''] =
    /keeps 4 pictures from before, perhaps made with another model; afresh: nbflow (.*)/.exec(mended.stdout) ?? [];
  expect([mended.code, command]).toEqual([0, `rerun ${quoted(project.file)} --scene 01`]);
  expect([(await rig.run(project, backend, scene)).generations.paid, backend.paid()]).toEqual([0, 4]);
  const server = { GLABS_SERVER: backend.url };
  const again = await rig.cli(project, ['rerun', project.file, '--scene', '01', '--yes'], server);
  expect([again.code, backend.paid()]).toEqual([0, 8]);
});

test('while a pass runs it is refused with 7 and changes nothing; a look is not', async () => {
  const text = damaged();
  project.write(text);
  await check(0, '--fix', '--yes');
  const mended = project.text();
  const release = backend.hold();
  const run = rig.startRun(project, backend, STILLS);
  await until('pictures on the bill', () => backend.paid() >= 4);
  project.write(text);
  const busy = await told('--fix', '--yes');
  expect([busy.code, busy.stderr]).toEqual([7, expect.stringMatching(/pass over .* is running.*nbflow cancel/s)]);
  expect([project.text(), (await told('--fix', '--dry-run')).code]).toEqual([text, 0]);
  project.write(mended);
  release();
  expect((await run.ended).code).toBe(0);
});

test('the flags of a fix without --fix are wrong usage', async () => {
  const end = await told('--dry-run');
  expect([end.code, end.stderr]).toEqual([2, expect.stringContaining('nbflow check FILE --fix --dry-run')]);
});

describe('--deep', () => {
  const good = readFileSync(join(FIXTURES, 'refs', 'products', 'greens.png'));
  const answers: Record<string, [status: number, type: string, body: Buffer | string]> = {
    '/gone.png': [404, 'text/plain', 'no'],
    '/page.png': [200, 'text/html; charset=utf-8', '<html>sign in</html>'],
    '/cut.png': [200, 'image/png', good.subarray(0, 20_000)],
    '/moody.png': [503, 'text/plain', 'later'],
    '/good.png': [200, 'image/png', good],
  };
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const [status, type, body] = answers[request.url ?? ''] ?? [404, 'text/plain', ''];
    asked.push(request.url ?? '');
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  let origin = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => asked.splice(0));
  afterAll(() => void server.close());

  const showing = (imageData: string): void =>
    project.write(
      editedText(project.text(), (_, node) => {
        node('Avatar Image — account-a').properties['imageData'] = imageData;
      }),
    );

  test('pictures that all open are said to, without any server of ours', async () => {
    const nobody = { TEMPORAL_ADDRESS: '127.0.0.1:9', R2_ENDPOINT: 'http://127.0.0.1:9' };
    const end = await rig.cli(project, ['check', project.file, '--deep'], nobody);
    expect([end.code, end.stdout]).toEqual([
      0,
      expect.stringContaining('2 reference pictures looked at: all can be used.'),
    ]);
  });

  test.each([
    ['/gone.png', 'Reference.Missing', 'answers HTTP 404: it is not there'],
    ['/page.png', 'Reference.NoPicture', 'leads to a page (text/html), not to a picture'],
    ['/cut.png', 'Reference.NoPicture', 'is not a whole picture'],
    ['/moody.png', 'Reference.Unavailable', 'answers HTTP 503'],
  ])('%s is found, with the account, the node and the scenes that need it', async (path, rule, words) => {
    showing(origin + path);
    const { findings, pictures } = await check(3, '--deep');
    expect([findings.map((one) => [one.rule, one.severity]), pictures]).toEqual([[[rule, 'error']], 2]);
    const message = findings[0]?.message ?? '';
    expect(message).toContain(`Account A, "Avatar Image — account-a": its picture ${origin}${path} ${words}`);
    expect(message).toContain('"Scene 01 — image gen", "Scene 02 — image gen" and 3 more are made from it');
    // One node holds it, five scenes use it: it is fetched once, and once more where the host hiccups.
    expect(asked).toEqual(path === '/moody.png' ? [path, path] : [path]);
    expect((await told()).code).toBe(0);
    expect(project.text()).toContain(origin + path);
  });

  test('an address where nobody listens is told in words', async () => {
    showing('http://127.0.0.1:9/a.png');
    const end = await told('--deep');
    expect([end.code, end.stdout]).toEqual([3, expect.stringContaining('does not answer: connection refused')]);
    expect(end.stdout).toContain('A run would start, but what needs those pictures would fail.');
  });

  test('a path in the project is looked at even without --deep: a run would refuse one that is not there', async () => {
    showing('references/face.png');
    const { findings } = await check(3);
    expect(findings).toMatchObject([{ rule: 'Reference.Missing', severity: 'error' }]);
    expect((await told('--deep')).stdout).toContain('A run would refuse this file; nothing would be spent.');
    mkdirSync(join(project.root, 'references'), { recursive: true });
    writeFileSync(join(project.root, 'references', 'face.png'), good.subarray(0, 999));
    expect((await check(3)).findings).toMatchObject([{ rule: 'Reference.NoPicture' }]);
    writeFileSync(join(project.root, 'references', 'face.png'), good);
    expect(await check(0)).toMatchObject({ findings: [] });
  });
});
