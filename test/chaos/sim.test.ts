import { Choices } from '../../chaos/sim/choices';
import { Disk } from '../../chaos/sim/disk';
import { runSimulations } from '../../chaos/sim/main';
import { simulate } from '../../chaos/sim/run';
import { shrink } from '../../chaos/sim/shrink';

/** A few; `npm test` runs thousands of them as a program of its own, which is several times faster. */
const COUNT = 150;

describe('the money protocol under a simulated disk, network, backend and crashes', () => {
  test('pays nothing twice, loses nothing and ends', async () => {
    const lines: string[] = [];
    const code = await runSimulations({ count: COUNT, seed: 1, say: (line) => void lines.push(line) });
    if (code !== 0) throw new Error(lines.join('\n'));
  });
});

describe('a run', () => {
  test('is the same for the same seed, step by step', async () => {
    const traceOf = async (seed: number): Promise<readonly string[]> => {
      const lines: string[] = [];
      await simulate({ seed, trace: (line) => void lines.push(line) });
      return lines;
    };
    const first = await traceOf(7);
    expect(first.length).toBeGreaterThan(20);
    expect(await traceOf(7)).toEqual(first);
    expect(await traceOf(8)).not.toEqual(first);
  });

  test('in which no decision may be bad is the plain way of one candidate', async () => {
    const { breaches, counts, decisions } = await simulate({ seed: 3, kept: new Set() });
    expect(breaches).toEqual([]);
    expect(decisions).toEqual([]);
    expect(Object.fromEntries(counts)).toEqual({ billed: 1, paid: 1 });
  });

  test('that fails is made short, and still fails in the same way', async () => {
    const weak = { noContentCheck: true };
    const seeds = Array.from({ length: 50 }, (_, i) => i + 1);
    for (const seed of seeds) {
      const { breaches, decisions } = await simulate({ seed, weak });
      if (breaches[0]?.kind !== 'damaged') continue;
      const kept = await shrink({ seed, weak }, decisions, 'damaged');
      expect(kept.length).toBeLessThan(10);
      const short = await simulate({ seed, weak, kept: new Set(kept) });
      expect(short.breaches.map(({ kind }) => kind)).toContain('damaged');
      return;
    }
    throw new Error('no seed failed');
  });

  test('that fails is told with its steps and how to see it again', async () => {
    const lines: string[] = [];
    const code = await runSimulations({
      count: 40,
      seed: 1,
      weak: { noLookup: true },
      say: (line) => void lines.push(line),
    });
    expect(code).toBe(1);
    const text = lines.join('\n');
    expect(text).toMatch(/SEED \d+: double: /);
    expect(text).toMatch(/G-Labs takes a0000000/);
    expect(text).toMatch(/replay with: npm run chaos -- --sim 1 --seed \d+/);
    expect(text).toMatch(/breaches: .*double \d+/);
  });
});

describe('the model of a disk', () => {
  test('keeps what is synced through a power cut, and of the rest any version', () => {
    const seen = new Set<unknown>();
    for (let seed = 1; seed <= 60; seed++) {
      const disk = new Disk(true);
      disk.write('a', 1);
      disk.sync('a');
      disk.write('a', 2);
      disk.write('a', 3);
      expect(disk.read('a')).toBe(3);
      disk.powerCut(new Choices(seed));
      seen.add(disk.read('a'));
    }
    expect([...seen].sort()).toEqual([1, 2, 3]);
  });
});
