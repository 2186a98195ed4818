import fc from 'fast-check';
import { cachedUrls } from '../../src/flow/cached';
import { cacheEdits } from '../../src/flow/patches';
import type { Edit } from '../../src/flow/patches';
import { planNode, planPass } from '../../src/flow/plan';
import type { Receipt } from '../../src/flow/receipt';
import type { CompiledFlow, FlowNode, Generator } from '../../src/flow/types';
import {
  clipOf,
  compiledOf,
  evidenceOf,
  fullReceipt,
  generated,
  generator,
  optionsOf,
  receiptOf,
  row,
  urlsOf,
} from '../helpers/flows';

describe('a pass', () => {
  test('of a muted node leaves it alone', () => {
    const muted = generator({ muted: true });
    const plan = planPass(compiledOf([muted]), evidenceOf(), optionsOf());
    expect(plan.nodes).toMatchObject([{ skip: 'muted in the file', rows: [] }]);
    expect(plan.price).toBe(0);
  });

  test('of pictures only leaves the clips out', () => {
    const still = generator();
    const plan = planPass(compiledOf([still, clipOf(still)]), evidenceOf(), optionsOf({ mode: 'images' }));
    expect(plan.nodes.map(({ kind }) => kind)).toEqual(['image']);
  });

  test('adds up price, saving and totals, and names what a node depends on', () => {
    const still = generator({ cachedUrls: ['https://x.test/1.png'], gates: [{ tab: 0, id: 6 }] });
    const plan = planPass(compiledOf([still, clipOf(still)]), evidenceOf(), optionsOf());
    expect(plan).toMatchObject({ price: 43, saved: 1, totals: { generate: 7, reuse: 1 } });
    expect(plan.nodes[1]?.dependsOn).toEqual([{ tab: 0, id: still.id }]);
  });

  test('plans the asked rows only', () => {
    const rows = generator({ rows: [row('a'), row('b', { row: 2 })] });
    const plan = planPass(compiledOf([rows, generator({ id: 9 })]), evidenceOf(), optionsOf({ rows: [2] }));
    expect(plan.nodes.map(({ key, rows: planned }) => [key, planned.map(({ row: n }) => n)])).toEqual([
      [rows.key, [2]],
    ]);
  });

  test('follows a chain of stills', () => {
    const first = generator({ id: 1 });
    const second = generator({ id: 2, dependsOn: [first.key], rows: [row('b', { references: [generated(first)] })] });
    const plan = planPass(compiledOf([first, second, clipOf(second)]), evidenceOf(), optionsOf());
    expect(plan.totals.generate).toBe(12);
    const alone = planPass(compiledOf([first, second, clipOf(second)]), evidenceOf(), optionsOf({ nodes: [2, 6] }));
    expect(alone.totals).toMatchObject({ generate: 0, blocked: 8 });
  });

  test('leaves nodes that are not asked for as they are', () => {
    const [first, second] = [generator({ scene: '01', id: 1 }), generator({ scene: '02', id: 2 })];
    const receipts = { [first.key]: fullReceipt(first), [second.key]: fullReceipt(second) };
    const clip = clipOf(second);
    const plan = planPass(
      compiledOf([first, second, clip]),
      evidenceOf(receipts),
      optionsOf({ noCache: true, pass: 'p', nodes: [clip.id] }),
    );
    expect(plan.nodes.map(({ key }) => key)).toEqual([clip.key]);
    expect(plan.totals).toMatchObject({ generate: 4, blocked: 0 });
  });
});

/** Storyboards of scenes with some receipts, cached URLs and dead links. */
const storyboard = fc
  .array(
    fc.record({
      rows: fc.integer({ min: 1, max: 3 }),
      count: fc.integer({ min: 1, max: 4 }),
      withClip: fc.boolean(),
      states: fc.array(
        fc.constantFrom('cached', 'stored', 'generated', 'submitted', 'unknown', 'lost', 'failed', 'withdrawn', null),
        { minLength: 1, maxLength: 6 },
      ),
      listed: fc.boolean(),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((scenes) => {
    const receipts: Record<string, Receipt> = {};
    const generators = scenes.flatMap(({ rows, count, withClip, states, listed }, i) => {
      const still = generator({
        id: 10 * i + 1,
        scene: `0${i + 1}`,
        outputCount: count,
        rows: Array.from({ length: rows }, (_, r) => row(`scene ${i}, row ${r}`, { row: r + 1 })),
        gates: [{ tab: 0, id: 10 * i + 2 }],
      });
      const clip = clipOf(still, { outputCount: count, gates: [{ tab: 0, id: 10 * i + 6 }] });
      return (withClip ? [still, clip] : [still]).map((one) => {
        const entries = fullReceipt(one).generations.flatMap((made, n) => {
          const state = states[n % states.length];
          if (!state) return [];
          const safe = state === 'cached' || state === 'stored';
          return [
            { ...made, state, url: safe ? made.url : null, file: safe || state === 'generated' ? made.file : null },
          ];
        });
        receipts[one.key] = receiptOf(one, entries);
        return { ...one, cachedUrls: listed ? urlsOf(receiptOf(one, entries)) : [] };
      });
    });
    return { generators, receipts };
  });

describe('every plan', () => {
  test('costs the sum of what it generates, and counts every candidate once', () => {
    fc.assert(
      fc.property(storyboard, ({ generators, receipts }) => {
        const plan = planPass(compiledOf(generators), evidenceOf(receipts), optionsOf());
        const all = plan.nodes.flatMap((node) =>
          node.rows.flatMap((one) => one.candidates.map((candidate) => ({ ...candidate, kind: node.kind }))),
        );
        const paid = all.filter(({ action }) => action === 'generate');
        expect(plan.price).toBe(paid.reduce((sum, { kind }) => sum + (kind === 'image' ? 1 : 10), 0));
        expect(all.every(({ action, price }) => (action === 'generate') === price > 0)).toBe(true);
        const expected = generators.reduce((sum, one) => sum + one.rows.length * one.outputCount, 0);
        expect(Object.values(plan.totals).reduce((sum, count) => sum + count, 0)).toBe(expected);
      }),
    );
  });

  test('is what each node plans for itself', () => {
    fc.assert(
      fc.property(storyboard, ({ generators, receipts }) => {
        const compiled = compiledOf(generators);
        const evidence = evidenceOf(receipts);
        const alone = generators.map((one) => planNode(compiled, one, evidence, optionsOf()));
        expect(planPass(compiled, evidence, optionsOf()).nodes).toEqual(alone);
      }),
    );
  });

  test('generates nothing when every candidate is safe with us', () => {
    fc.assert(
      fc.property(storyboard, ({ generators }) => {
        const receipts = Object.fromEntries(generators.map((one) => [one.key, fullReceipt(one)]));
        const { totals, price } = planPass(compiledOf(generators), evidenceOf(receipts), optionsOf());
        expect([totals.generate, totals.resume, totals.blocked, price]).toEqual([0, 0, 0, 0]);
      }),
    );
  });

  test('leaves nothing to do once everything is made and written to the file, with receipts and without', () => {
    fc.assert(
      fc.property(storyboard, ({ generators }) => {
        const receipts = Object.fromEntries(generators.map((one) => [one.key, fullReceipt(one)]));
        const properties = Object.fromEntries(
          generators.flatMap((one) => [one, ...one.gates].map((node) => [`${node.tab}:${node.id}`, {}])),
        );
        const before = compiledOf(generators, properties);
        const edits = generators.flatMap((one) => cacheEdits(before, one, urlsOf(fullReceipt(one))));
        for (const { path, value } of edits) setProperty(before, path, value);
        const after = generators.map((one) => ({ ...one, cachedUrls: readBack(before, one) }));
        for (const evidence of [evidenceOf(receipts), evidenceOf()]) {
          const { totals } = planPass(compiledOf(after), evidence, optionsOf());
          expect(totals).toMatchObject({ generate: 0, resume: 0, finish: 0, blocked: 0 });
        }
        expect(generators.flatMap((one) => cacheEdits(before, one, urlsOf(fullReceipt(one))))).toEqual([]);
      }),
    );
  });
});

function nodeIn(compiled: CompiledFlow, tab: number, place: number): FlowNode {
  const node = compiled.document.tabs[tab]?.nodes[place];
  if (!node) throw new Error(`no node ${place} in tab ${tab}`);
  return node;
}

function setProperty(compiled: CompiledFlow, path: Edit['path'], value: unknown): void {
  const [, tab, , , place, , field] = path;
  Object.assign(nodeIn(compiled, Number(tab), Number(place)).properties, { [String(field)]: value });
}

function readBack(compiled: CompiledFlow, one: Generator): string[] {
  const place = compiled.document.tabs[one.tab]?.nodes.findIndex(({ id }) => id === one.id) ?? -1;
  const { kind, vocabulary, outputCount, rows } = one;
  return cachedUrls(nodeIn(compiled, one.tab, place), { kind, vocabulary, outputCount, rows: rows.length });
}
