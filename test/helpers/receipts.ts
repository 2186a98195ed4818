/** Receipts as any history of crashes and losses may leave them, for properties of what is read off them. */
import fc from 'fast-check';
import type { Generation, GenerationState, Receipt } from '../../src/flow/receipt';
import { entry, generator, receiptOf } from './flows';

export const PASSES = ['pass-1', 'pass-2', 'pass-3'] as const;

/** States that have a task at the backend, always or sometimes. */
const WITH_TASK = ['submitted', 'generated', 'stored', 'cached', 'failed', 'lost', 'skipped'] as const;
const WITHOUT_TASK = ['intent', 'unknown', 'withdrawn', 'lost', 'skipped'] as const;

interface Drawn {
  readonly state: GenerationState;
  readonly hasTask: boolean;
  readonly found: boolean;
  readonly candidate: number;
  readonly pass: (typeof PASSES)[number];
  readonly superseded: boolean;
  readonly adopted: boolean;
  readonly undecided: boolean;
}

const drawn: fc.Arbitrary<Drawn> = fc
  .record({
    state: fc.oneof(
      fc.constantFrom(...WITH_TASK).map((state) => ({ state, hasTask: true })),
      fc.constantFrom(...WITHOUT_TASK).map((state) => ({ state, hasTask: false })),
    ),
    found: fc.boolean(),
    candidate: fc.integer({ min: 1, max: 3 }),
    pass: fc.constantFrom(...PASSES),
    superseded: fc.boolean(),
    adopted: fc.boolean(),
    undecided: fc.boolean(),
  })
  .map(({ state, ...rest }) => ({ ...state, ...rest }));

/** Up to four nodes, pictures and clips, each with up to a dozen entries. */
export const anyReceipts: fc.Arbitrary<readonly Receipt[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom('image' as const, 'video' as const),
      entries: fc.array(drawn, { maxLength: 12 }),
    }),
    { maxLength: 4 },
  )
  .map((nodes) => nodes.map(({ kind, entries }, n) => receiptFrom(n, kind, entries)));

function receiptFrom(n: number, kind: 'image' | 'video', all: readonly Drawn[]): Receipt {
  const node = generator({ id: n + 1, kind, scene: `0${1 + (n % 2)}` });
  return receiptOf(
    node,
    all.map(({ state, hasTask, found, undecided, ...rest }, i): Generation => {
      const isFound = found && state === 'cached';
      return entry(node, {
        ...rest,
        state: isFound ? 'cached' : state,
        origin: isFound ? 'found' : 'generated',
        taskId: hasTask && !isFound ? `t${n}-${i}` : null,
        adopted: rest.adopted && hasTask && !isFound,
        error: undecided && state === 'unknown' ? { type: 'Generation.Undecided', code: null, message: '' } : null,
      });
    }),
  );
}
