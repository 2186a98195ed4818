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
const noFile = { missingFiles: new Set([made.file ?? '']) };

describe('one candidate', () => {
  test('without anything is generated, for its price', () => {
    expect(planOne(null)).toEqual({ candidate: 1, action: 'generate', reason: 'no picture yet', price: 1, url: null });
  });

  test('in the file without a receipt is reused', () => {
    const planned = planOne(null, { node: { cachedUrls: ['https://r2.example.test/old.png'] } });
    expect(planned).toMatchObject({ action: 'reuse', price: 0, url: 'https://r2.example.test/old.png' });
  });

  test.each([
    ['cached', {}, { node: cached }, 'reuse', 'already made'],
    ['cached, its local copy gone', {}, { node: cached, evidence: noFile }, 'reuse', 'already made'],
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
    ['superseded', { superseded: true }, { node: cached }, 'generate', 'no picture yet'],
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

  test('lost is generated again twice, then a person is needed', () => {
    const lost = { state: 'lost', url: null, file: null } as const;
    const older = (count: number) => Array.from({ length: count }, () => entry(one, { ...lost, superseded: true }));
    expect(planOne(lost, { older: older(1) })?.action).toBe('generate');
    expect(planOne(lost, { older: older(2) })).toMatchObject({
      action: 'blocked',
      reason: expect.stringContaining('needs a person') as string,
    });
  });

  test('losses with other inputs do not count', () => {
    const lost = { state: 'lost', url: null, file: null } as const;
    const older = Array.from({ length: 5 }, () => entry(one, { ...lost, fingerprint: 'f1:x' }));
    expect(planOne(lost, { older })?.action).toBe('generate');
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
