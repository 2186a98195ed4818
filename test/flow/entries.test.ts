/** What was made before counts again when its inputs are back: an undone edit is never paid for a second time. */
import fc from 'fast-check';
import { planNode } from '../../src/flow/plan';
import type { Evidence, PlanOptions } from '../../src/flow/plan-types';
import type { Generation, GenerationState, Receipt } from '../../src/flow/receipt';
import { currentGeneration, SAFE_STATES } from '../../src/flow/receipt';
import { reviveAsPlanned } from '../../src/flow/revival';
import type { Generator } from '../../src/flow/types';
import {
  clipOf,
  compiledOf,
  entry,
  evidenceOf,
  generated,
  generator,
  optionsOf,
  receiptOf,
  row,
} from '../helpers/flows';

const AT = '2026-05-13T08:00:00.000Z';
const one = generator({ outputCount: 1 });
const old = (overrides: Partial<Generation> = {}): Generation =>
  entry(one, {
    superseded: true,
    file: 'candidates/replaced/old.png',
    url: 'https://r2.example.test/old.png',
    ...overrides,
  });
const edited = (overrides: Partial<Generation> = {}): Generation =>
  entry(one, { fingerprint: 'f1:edited', ...overrides });

function planOf(
  generations: readonly Generation[],
  facts: { evidence?: Partial<Evidence>; options?: Partial<PlanOptions>; node?: Partial<Generator> } = {},
) {
  const node = { ...one, ...facts.node };
  const evidence = evidenceOf({ [node.key]: receiptOf(node, generations) }, facts.evidence);
  return planNode(compiledOf([node]), node, evidence, optionsOf(facts.options)).rows[0]?.candidates[0];
}

describe('an edit that was undone', () => {
  test('uses what was made before the edit, and says so', () => {
    const planned = planOf([old(), edited()]);
    expect(planned).toMatchObject({ action: 'finish', price: 0, revives: 0 });
    expect(planned?.reason).toMatch(/^made before with these very inputs: .*does not list it/);
    const listed = planOf([old(), edited()], { node: { cachedUrls: [old().url ?? ''] } });
    expect(listed).toMatchObject({ action: 'reuse', reason: 'made before with these very inputs', revives: 0 });
  });

  test('lets what was sent meanwhile be looked up first: it may be paid for', () => {
    for (const state of ['intent', 'unknown'] as const) {
      const sent = edited({ state, taskId: null, file: null, url: null });
      const planned = planOf([old(), sent], { node: { cachedUrls: [old().url ?? ''] } });
      expect(planned).toMatchObject({ action: 'finish', price: 0, revives: 0 });
      expect(planned?.reason).toMatch(/looked up first$/);
    }
  });

  test.each([
    ['the link answers 404', { deadUrls: new Set([old().url ?? '']) }, {}, 'finish', 'uploaded again'],
    ['the local file is gone', { missingFiles: new Set([old().file ?? '']) }, {}, 'finish', 'fetched back'],
    ['its name went to the newer one', {}, { file: edited().file }, 'finish', 'fetched back'],
    [
      'nothing but the task is left',
      {},
      { url: null, file: null, state: 'generated' },
      'resume',
      'fetched from G-Labs',
    ],
    ['its task is still out', {}, { url: null, file: null, state: 'submitted' }, 'resume', 'a task is out'],
    ['its answer was lost', {}, { url: null, file: null, taskId: null, state: 'unknown' }, 'resume', 'got no answer'],
  ] as const)('pays nothing although %s', (_, evidence, overrides, action, reason) => {
    const planned = planOf([old(overrides), edited()], { evidence });
    expect(planned).toMatchObject({ action, price: 0, revives: 0 });
    expect(planned?.reason).toContain(reason);
  });

  test('takes the best copy, and of equal ones the newest', () => {
    const out = old({ state: 'submitted', url: null, file: null });
    expect(planOf([old(), old({ url: 'https://r2.example.test/b.png' }), out, edited()])?.revives).toBe(1);
  });

  test.each([
    ['nothing is left of it', { url: null, file: null, taskId: null }],
    ['it is known to be gone', { error: { type: 'Cache.Dead', code: null, message: '' } }],
    ['it failed', { state: 'failed', url: null, file: null }],
    ['it was made from other inputs', { fingerprint: 'f1:yet-another' }],
  ] as const)('pays again when %s', (_, overrides) => {
    expect(planOf([old(overrides), edited()])).toMatchObject({ action: 'generate', price: 1, revives: null });
  });
});

test('a rerun that was asked for stays what counts; one that came to nothing does not hide the older result', () => {
  const rerun = entry(one, { pass: 'pass-2' });
  expect(planOf([old(), rerun])).toMatchObject({ action: 'finish', revives: null });
  expect(planOf([old(), { ...rerun, state: 'lost' }])).toMatchObject({ price: 0, revives: 0 });
  const options = { noCache: true, pass: 'pass-2' };
  expect(planOf([old(), { ...rerun, state: 'failed' }], { options })).toMatchObject({ action: 'generate', price: 1 });
  expect(planOf([old(), { ...rerun, state: 'skipped' }])).toMatchObject({ action: 'blocked', revives: null });
});

test('what the file lists now, made elsewhere, comes before what was made long ago', () => {
  const node = { cachedUrls: ['https://r2.example.test/elsewhere.png'] };
  expect(planOf([old(), edited()], { node })).toMatchObject({
    action: 'reuse',
    url: node.cachedUrls[0],
    revives: null,
  });
});

test('a clip whose frame was linked to another picture and back is the old one again', () => {
  const [a, b] = [generator({ id: 1, scene: '01' }), generator({ id: 2, scene: '02' })];
  const clip = clipOf(a, { outputCount: 1 });
  const from = (still: Generator, overrides: Partial<Generation>): Generation => {
    const picture = entry(still);
    const { tab, id } = still;
    const { sha256, url } = picture;
    return entry(clip, { stills: [{ slot: 'start', tab, id, row: 1, candidate: 1, sha256, url }], ...overrides });
  };
  const clips = receiptOf(clip, [from(a, { superseded: true, file: 'a.mp4' }), from(b, { file: 'b.mp4' })]);
  const receipts = { [a.key]: receiptOf(a, [entry(a)]), [b.key]: receiptOf(b, [entry(b)]), [clip.key]: clips };
  const planned = (linked: Generator) => {
    const today = { ...clip, rows: [row(clip.rows[0]?.prompt ?? '', { startFrame: generated(linked) })] };
    return planNode(compiledOf([a, b, today]), today, evidenceOf(receipts), optionsOf()).rows[0]?.candidates[0];
  };
  expect(planned(b)).toMatchObject({ action: 'finish', revives: null });
  expect(planned(a)).toMatchObject({ action: 'finish', price: 0, revives: 0 });
});

/** Any history of one candidate, and any state of the world around it. */
const histories = fc
  .array(
    fc.record({
      state: fc.constantFrom<GenerationState>(
        'submitted',
        'generated',
        'stored',
        'cached',
        'lost',
        'failed',
        'withdrawn',
        'skipped',
        'unknown',
        'intent',
      ),
      today: fc.boolean(),
      task: fc.boolean(),
      link: fc.constantFrom('alive', 'dead', 'none'),
      file: fc.constantFrom('here', 'missing', 'none'),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((made) => {
    const deadUrls = new Set<string>();
    const missingFiles = new Set<string>();
    const generations = made.map(({ state, today, task, link, file }, i) => {
      const url = `https://r2.example.test/${i}.png`;
      if (link === 'dead') deadUrls.add(url);
      if (file === 'missing') missingFiles.add(`${i}.png`);
      return entry(one, {
        state,
        superseded: i < made.length - 1,
        taskId: task ? `t${i}` : null,
        url: link === 'none' ? null : url,
        file: file === 'none' ? null : `${i}.png`,
        ...(today ? {} : { fingerprint: 'f1:other' }),
      });
    });
    const copies = made.filter(
      ({ state, today, link, file }) => today && SAFE_STATES.has(state) && (link === 'alive' || file === 'here'),
    );
    return { generations, evidence: { deadUrls, missingFiles }, copies: copies.length };
  });

test('a candidate with a fitting, paid and safe copy anywhere is never paid for', () => {
  fc.assert(
    fc.property(histories, ({ generations, evidence, copies }) => {
      fc.pre(copies > 0);
      const planned = planOf(generations, { evidence });
      expect(planned?.price).toBe(0);
      const last = generations.at(-1) as Generation;
      const givenUp = last.state === 'skipped' && last.fingerprint === entry(one).fingerprint;
      expect(planned?.action === 'blocked').toBe(givenUp);
    }),
    { numRuns: 2_000 },
  );
});

test('once written down, what counts again is planned as before, as any entry that counts', () => {
  fc.assert(
    fc.property(histories, ({ generations, evidence }) => {
      const receipt: Receipt = receiptOf(one, generations);
      const compiled = compiledOf([one]);
      const planOn = (now: Receipt) => planNode(compiled, one, evidenceOf({ [one.key]: now }, evidence), optionsOf());
      const plan = planOn(receipt);
      const before = plan.rows[0]?.candidates[0];
      const written = reviveAsPlanned(receipt, { plan, receipt }, AT);
      const after = planOn(written).rows[0]?.candidates[0];
      expect([after?.action, after?.price]).toEqual([before?.action, before?.price]);
      const state = currentGeneration(receipt, 1, 1)?.state;
      if (state !== 'unknown' && state !== 'intent') expect(after?.revives).toBeNull();
    }),
    { numRuns: 2_000 },
  );
});
