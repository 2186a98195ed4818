import type { BreachKind } from '../../chaos/sim/judge';
import { simulate } from '../../chaos/sim/run';
import type { Weaknesses } from '../../chaos/sim/weaknesses';

/** The first of these seeds in which a run ends with one of these breaches. */
async function firstBreach(weak: Partial<Weaknesses>, kinds: readonly BreachKind[]): Promise<number | null> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { breaches } = await simulate({ seed, weak });
    if (breaches.some(({ kind }) => kinds.includes(kind))) return seed;
  }
  return null;
}

const SEEDS = 500;

/** That nothing is found with all protections on, in these very seeds, is what sim.test.ts says. */
describe('the simulation notices when one protection is off:', () => {
  test.each<[name: string, weakness: keyof Weaknesses, kinds: readonly BreachKind[]]>([
    ['intents are not on disk before the request leaves', 'noIntent', ['double', 'unrecorded']],
    ['nothing is synced', 'noSync', ['double', 'unrecorded']],
    ['lost answers are not looked up', 'noLookup', ['double']],
    ['the same words may be sent by several at once', 'noGate', ['mixed-up', 'recorded-twice']],
    ['any attempt may act for a node', 'noFence', ['double', 'unrecorded']],
    ['whatever came down counts as a picture', 'noContentCheck', ['damaged']],
    ['only clocks tell what was there before', 'noSeen', ['double']],
  ])('%s', async (_, weakness, kinds) => {
    expect(await firstBreach({ [weakness]: true }, kinds)).not.toBeNull();
  });
});
