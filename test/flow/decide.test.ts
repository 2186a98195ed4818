import { DONE_WITHOUT } from '../../src/flow/outcome';
import { planNode } from '../../src/flow/plan';
import type { Evidence, PlanOptions } from '../../src/flow/plan-types';
import type { Generation } from '../../src/flow/receipt';
import type { Generator } from '../../src/flow/types';
import { compiledOf, entry, evidenceOf, generator, optionsOf, receiptOf, row, url } from '../helpers/flows';

/** The plan of a one-candidate image node with one entry. */
function planOne(
  overrides: Partial<Generation> | null,
  facts: {
    node?: Partial<Generator>;
    evidence?: Partial<Evidence>;
    options?: Partial<PlanOptions>;
    older?: Generation[];
  } = {},
) {
  const plain = generator({ outputCount: 1, ...facts.node });
  const own = overrides === null ? [] : [entry(plain, overrides)];
  const receipts = { [plain.key]: receiptOf(plain, [...(facts.older ?? []), ...own]) };
  const planned = planNode(compiledOf([plain]), plain, evidenceOf(receipts, facts.evidence), optionsOf(facts.options));
  return planned.rows[0]?.candidates[0];
}

const one = generator({ outputCount: 1 });
const made = entry(one);
const cached = { cachedUrls: [made.url ?? ''] };
const gone = { deadUrls: new Set([made.url ?? '']) };
const away = { missingFiles: new Set([made.file ?? '']), unsureUrls: new Set([made.url ?? '']) };
const noFile = { missingFiles: new Set([made.file ?? '']) };

describe('one candidate', () => {
  test('without anything is generated, for its price', () => {
    const reason = 'no picture yet';
    expect(planOne(null)).toEqual({ candidate: 1, action: 'generate', reason, price: 1, url: null, revives: null });
  });

  test('in the file without a receipt is reused', () => {
    const planned = planOne(null, { node: { cachedUrls: ['https://r2.example.test/old.png'] } });
    expect(planned).toMatchObject({ action: 'reuse', price: 0, url: 'https://r2.example.test/old.png' });
  });

  test('in another list of the node is written beside the others for nothing', () => {
    const node = { cachedUrls: ['https://r2.example.test/dead.mp4'], otherUrls: ['https://r2.example.test/old.mp4'] };
    const evidence = { deadUrls: new Set(node.cachedUrls) };
    expect(planOne(null, { node, evidence })).toMatchObject({ action: 'finish', price: 0, url: node.otherUrls[0] });
  });

  test.each([
    ['cached', {}, { node: cached }, 'reuse', 'already made'],
    ['cached, its local copy gone', {}, { node: cached, evidence: noFile }, 'finish', 'fetched back from the object'],
    ['cached, its local copy gone, the store away', {}, { node: cached, evidence: away }, 'reuse', 'already made'],
    ['found, never with us', { file: null }, { node: cached }, 'reuse', 'already made'],
    ['stored', { state: 'stored' }, {}, 'finish', 'does not list it'],
    ['cached, wiped from the file', {}, {}, 'finish', 'does not list it'],
    ['made', { state: 'generated', url: null }, {}, 'finish', 'made, upload missing'],
    ['cached, its link dead', {}, { node: cached, evidence: gone }, 'finish', 'answers 404; the local copy'],
    [
      'made, its file gone',
      { state: 'generated', url: null },
      { evidence: noFile },
      'resume',
      'fetched from G-Labs again',
    ],
    [
      'dead, its file gone',
      {},
      { node: cached, evidence: { ...gone, ...noFile } },
      'resume',
      'fetched from G-Labs again',
    ],
    ['dead, no task known', { taskId: null }, { evidence: { ...gone, ...noFile } }, 'generate', 'no copy is left'],
    ['submitted', { state: 'submitted', url: null, file: null }, {}, 'resume', 'a task is out at G-Labs (id a1b2c3d4)'],
    ['unknown', { state: 'unknown', url: null, file: null }, {}, 'resume', 'got no answer'],
    ['intent', { state: 'intent', url: null, file: null, taskId: null }, {}, 'resume', 'about to be sent'],
    ['withdrawn', { state: 'withdrawn', url: null, file: null }, {}, 'generate', 'nothing was paid'],
    ['lost', { state: 'lost', url: null, file: null }, {}, 'generate', 'possibly gone'],
    ['skipped', { state: 'skipped', url: null, file: null }, {}, 'blocked', 'a person gave it up'],
    [
      'undecided',
      { state: 'unknown', url: null, file: null, error: { type: 'Generation.Undecided', code: null, message: '' } },
      {},
      'resume',
      'more tasks at G-Labs fit it',
    ],
  ] as const)('%s', (_, state, facts, action, reason) => {
    const planned = planOne(state, facts);
    expect(planned).toMatchObject({ action, price: action === 'generate' ? 1 : 0 });
    expect(planned?.reason).toContain(reason);
  });

  test('that failed is generated again and says how it failed', () => {
    const error = { type: 'Generation.Failed', code: 500, message: 'INTERNAL' };
    expect(planOne({ state: 'failed', url: null, file: null, error })).toMatchObject({
      action: 'generate',
      reason: 'it failed before: INTERNAL',
    });
  });
});

describe('a lost candidate', () => {
  const lost = { state: 'lost', url: null, file: null } as const;
  const older = (count: number, overrides: Partial<Generation> = {}) =>
    Array.from({ length: count }, () => entry(one, { ...lost, superseded: true, ...overrides }));
  const needsPerson = expect.stringMatching(/needs a person$/) as string;

  test('is generated again twice, then a person is needed', () => {
    expect(planOne(lost, { older: older(1) })?.action).toBe('generate');
    expect(planOne(lost, { older: older(2) })).toMatchObject({ action: 'blocked', reason: needsPerson });
  });

  test('is asked about at once in a pass that was told to ask, and done without in one that was told to skip', () => {
    expect(planOne(lost, { options: { onLost: 'ask' } })).toMatchObject({ action: 'blocked', reason: needsPerson });
    const skipped = planOne(lost, { options: { onLost: 'skip' }, older: older(5) });
    expect(skipped).toMatchObject({ action: 'blocked', reason: DONE_WITHOUT, price: 0 });
  });

  test.each(['regenerate', 'ask', 'skip'] as const)('that a person wants again is generated, with %s too', (onLost) => {
    const planned = planOne({ ...lost, decision: 'regenerate' }, { older: older(5), options: { onLost } });
    expect(planned).toMatchObject({ action: 'generate', price: 1 });
  });

  test('counts anew after a person’s decision, twice', () => {
    const decided = [...older(3), ...older(1, { decision: 'regenerate' })];
    expect(planOne(lost, { older: [...decided, ...older(1)] })?.action).toBe('generate');
    expect(planOne(lost, { older: [...decided, ...older(2)] })?.action).toBe('blocked');
  });

  test('does not count losses with other inputs', () => {
    expect(planOne(lost, { older: older(5, { fingerprint: 'f1:x' }) })?.action).toBe('generate');
  });

  test('is not forgotten over an edit that was undone', () => {
    const edited = { fingerprint: 'f1:edited', promptPrefix: 'edited' };
    expect(planOne(edited, { older: older(3) })).toMatchObject({ action: 'blocked', reason: needsPerson });
    expect(planOne(edited, { older: older(2) })).toMatchObject({ action: 'generate' });
    expect(planOne(edited, { older: older(1, { state: 'skipped' }) })?.reason).toBe('a person gave it up');
  });
});

describe('an edit', () => {
  const old = (overrides: Partial<Generation>) => planOne({ fingerprint: 'f1:old', ...overrides }, { node: cached });

  test.each([
    ['the prompt was edited since', { promptPrefix: 'before' }],
    ['the prompt or its settings were edited since', {}],
    ['a reference was changed since', { references: [{ url: 'https://refs.example.test/gone.png', sha256: 'aa' }] }],
  ])('is paid for, saying: %s', (reason, overrides) => {
    expect(old(overrides)).toMatchObject({ action: 'generate', reason, price: 1 });
  });

  test('of a reference’s content under its old URL is paid for', () => {
    const avatar = 'https://refs.example.test/avatar.png';
    const node = { rows: [row('a kitchen', { references: [url(avatar)] })], ...cached };
    const references = [{ url: avatar, sha256: 'aa' }];
    expect(planOne({ references }, { node })?.action).toBe('reuse');
    const planned = planOne({ references }, { node, evidence: { hashes: new Map([[avatar, 'bb']]) } });
    expect(planned).toMatchObject({ action: 'generate', reason: "a reference's content was changed since" });
  });
});

describe('no cache', () => {
  test('makes everything afresh, also what no receipt knows', () => {
    const options = { noCache: true, pass: 'pass-2' };
    const planned = planOne({}, { node: cached, options });
    expect(planned).toMatchObject({ action: 'generate', reason: 'made afresh, as asked' });
    expect(planOne(null, { node: { cachedUrls: ['https://x.test/1.png'] }, options })?.action).toBe('generate');
    expect(planOne({ state: 'submitted', url: null, file: null }, { options })?.action).toBe('generate');
  });

  test('keeps what this very pass has done or has out, so a restart pays nothing twice', () => {
    const options = { noCache: true, pass: 'pass-1' };
    expect(planOne({}, { node: cached, options })?.action).toBe('reuse');
    expect(planOne({ state: 'submitted', url: null, file: null }, { options })?.action).toBe('resume');
    expect(planOne({ origin: 'found' }, { node: cached, options })?.action).toBe('generate');
  });
});
