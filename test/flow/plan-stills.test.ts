import { planNode } from '../../src/flow/plan';
import type { PlanOptions } from '../../src/flow/plan-types';
import type { Generator } from '../../src/flow/types';
import {
  clipOf,
  compiledOf,
  entry,
  evidenceOf,
  fullReceipt,
  generated,
  generator,
  optionsOf,
  pickOf,
  receiptOf,
  row,
  urlsOf,
} from '../helpers/flows';

describe('a clip and its still', () => {
  const still = generator({ id: 5, scene: '02' });
  const stills = fullReceipt(still);
  const [c1 = '', , c3 = ''] = urlsOf(stills);
  const recordedStill = (overrides = {}) => ({
    slot: 'start',
    tab: 0,
    id: still.id,
    row: 1,
    candidate: 1,
    sha256: stills.generations[0]?.sha256 ?? null,
    url: c1,
    ...overrides,
  });
  const planClip = (facts: {
    pick?: string;
    recorded?: object;
    stillReceipt?: typeof stills | null;
    options?: Partial<PlanOptions>;
    upstream?: Partial<Generator>;
    others?: Generator[];
  }) => {
    const upstream = { ...still, cachedUrls: urlsOf(stills), ...facts.upstream };
    const clip = clipOf(upstream, {}, facts.pick === undefined ? null : pickOf(facts.pick));
    const receipt = fullReceipt(clip, { stills: [recordedStill(facts.recorded)] });
    const stillReceipt = facts.stillReceipt === null ? {} : { [upstream.key]: facts.stillReceipt ?? stills };
    const compiled = compiledOf([
      upstream,
      ...(facts.others ?? []),
      { ...clip, cachedUrls: facts.recorded ? urlsOf(receipt) : [] },
    ]);
    const evidence = evidenceOf({ ...stillReceipt, ...(facts.recorded ? { [clip.key]: receipt } : {}) });
    return planNode(compiled, compiled.byKey.get(clip.key) ?? clip, evidence, optionsOf(facts.options));
  };
  const actions = (planned: ReturnType<typeof planNode>) => [
    ...new Set(planned.rows.flatMap(({ candidates }) => candidates.map(({ action }) => action))),
  ];

  test('made from the still of today has nothing to remark', () => {
    const planned = planClip({ pick: c1, recorded: {} });
    expect(actions(planned)).toEqual(['reuse']);
    expect(planned.remarks).toEqual([]);
  });

  test('made from another candidate than the pick is kept, and that is said once', () => {
    const planned = planClip({ pick: c3, recorded: {} });
    expect(actions(planned)).toEqual(['reuse']);
    expect(planned.remarks).toEqual(['made from candidate 1 of Scene 02, you picked 3']);
  });

  test('that is stale is made again when asked', () => {
    expect(actions(planClip({ pick: c3, recorded: {}, options: { refreshStale: true } }))).toEqual(['generate']);
    expect(actions(planClip({ pick: c1, recorded: {}, options: { refreshStale: true } }))).toEqual(['reuse']);
  });

  test('whose still is made again in this pass is kept, and made again when asked', () => {
    const edited = { rows: [row('an edited kitchen')] };
    const planned = planClip({ recorded: {}, upstream: edited });
    expect(actions(planned)).toEqual(['reuse']);
    expect(planned.remarks).toEqual(['made from the present picture of Scene 02, which this pass makes again']);
    expect(actions(planClip({ recorded: {}, upstream: edited, options: { refreshStale: true } }))).toEqual([
      'generate',
    ]);
  });

  test('with a pick that is no candidate any more says so, and uses the first', () => {
    const planned = planClip({ pick: 'https://r2.example.test/gone.png', recorded: {} });
    expect(planned.remarks).toEqual([expect.stringContaining('pick at the gate of Scene 02 is no longer')]);
  });

  test('whose frame comes from another node now is made again', () => {
    const before = generator({ id: 77, scene: '07' });
    const planned = planClip({ recorded: { id: 77 }, others: [before] });
    expect(actions(planned)).toEqual(['generate']);
    expect(planned.rows[0]?.candidates[0]?.reason).toBe(
      'its start frame was linked to another node since: Scene 02 instead of Scene 07',
    );
  });

  test('whose still’s node was only renumbered is kept', () => {
    expect(actions(planClip({ recorded: { id: 77 } }))).toEqual(['reuse']);
  });

  test('is blocked when its still is neither there nor asked for, and says what to run', () => {
    const planned = planClip({ stillReceipt: null, upstream: { cachedUrls: [] }, options: { nodes: [still.id + 4] } });
    expect(actions(planned)).toEqual(['blocked']);
    expect(planned.rows[0]?.candidates[0]).toMatchObject({
      price: 0,
      reason:
        "needs Scene 02's picture, which is not made yet and not part of this run; add --scene 02 or run it first",
    });
  });

  test('is generated when its still is cached though not asked for', () => {
    expect(actions(planClip({ options: { nodes: [still.id + 4] } }))).toEqual(['generate']);
  });

  test('of a blocked still is blocked with that reason', () => {
    const skipped = fullReceipt(still, { state: 'skipped', url: null, file: null });
    const planned = planClip({ stillReceipt: skipped, upstream: { cachedUrls: [] } });
    expect(planned.rows[0]?.candidates[0]?.reason).toBe(
      "needs Scene 02's picture, which is blocked: a person gave it up",
    );
  });

  test('of a muted still uses its cache, else is left alone', () => {
    expect(actions(planClip({ upstream: { muted: true } }))).toEqual(['generate']);
    const planned = planClip({ stillReceipt: null, upstream: { muted: true, cachedUrls: [] } });
    expect(planned).toMatchObject({ skip: 'needs Scene 02, which is muted', rows: [] });
  });

  test('that is paid for is brought home though its still is muted and gone', () => {
    const muted = { ...still, muted: true };
    const clip = clipOf(muted);
    const receipt = receiptOf(clip, [entry(clip, { state: 'submitted', url: null, file: null })]);
    const planned = planNode(compiledOf([muted, clip]), clip, evidenceOf({ [clip.key]: receipt }), optionsOf());
    expect(planned.skip).toBeNull();
    expect(actions(planned)).toEqual(['resume', 'blocked']);
  });
});

describe('a picture made from two other pictures', () => {
  const [first, second, third] = [5, 6, 7].map((id) => generator({ id, scene: `0${id}` })) as [
    Generator,
    Generator,
    Generator,
  ];
  const madeFrom = (...sources: readonly Generator[]) =>
    generator({
      id: 9,
      dependsOn: sources.map(({ key }) => key),
      rows: [row('both together', { references: sources.map((source) => generated(source)) })],
    });
  const both = madeFrom(first, second);
  const recorded = [second, first].map(({ tab, id }) => ({
    slot: 'reference',
    tab,
    id,
    row: 1,
    candidate: 1,
    sha256: `sha-${tab}-${id}-r1-c1`,
    url: null,
  }));
  const receipts = Object.fromEntries([first, second, third].map((one) => [one.key, fullReceipt(one)]));
  const plan = (today: Generator) => {
    const receipt = fullReceipt(both, { stills: recorded });
    const node = { ...today, cachedUrls: urlsOf(receipt) };
    const upstream = [first, second, third].map((one) => ({ ...one, cachedUrls: urlsOf(fullReceipt(one)) }));
    const evidence = evidenceOf({ ...receipts, [both.key]: receipt });
    return planNode(compiledOf([...upstream, node]), node, evidence, optionsOf());
  };

  test('is kept, whatever the order in which the two were written down', () => {
    const planned = plan(both);
    expect(planned.remarks).toEqual([]);
    expect(planned.rows[0]?.candidates.map(({ action }) => action)).toEqual(Array(4).fill('reuse'));
  });

  test('is made again when one of them is another now', () => {
    const [candidate] = plan(madeFrom(third, second)).rows[0]?.candidates ?? [];
    expect(candidate?.reason).toBe('its reference was linked to another node since: Scene 07 instead of Scene 05');
  });
});
