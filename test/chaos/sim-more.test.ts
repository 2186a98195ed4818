/** A file of its own, so that two test workers share the seeds. */
import { runSimulations } from '../../chaos/sim/main';

const PARTS = [1001, 1501];

describe('the money protocol under a simulated disk, network, backend and crashes', () => {
  test.each(PARTS)('pays nothing twice, loses nothing and ends, from seed %i on', async (seed) => {
    const lines: string[] = [];
    const code = await runSimulations({ count: 500, seed, say: (line) => void lines.push(line) });
    if (code !== 0) throw new Error(lines.join('\n'));
  });
});
