/** What a receipt knows and the file does not have any more, in the form of what it has: nodes, rows, candidates. */
import type { Generation, Receipt } from './receipt';
import type { Generator, GeneratorRow } from './types';

const KEY = 'gone:';

/** The node of a receipt that fits no node of the file. */
export function goneNode({ key, node, naming }: Receipt): Generator {
  return {
    ...node,
    key: KEY + key,
    naming,
    vocabulary: 'wiki',
    muted: true,
    outputCount: 0,
    model: '',
    aspectRatio: '',
    resolution: null,
    durationSeconds: null,
    timeoutMs: null,
    rows: [],
    dependsOn: [],
    gates: [],
    cachedUrls: [],
    otherUrls: [],
  };
}

export function isGone({ key }: Pick<Generator, 'key'>): boolean {
  return key.startsWith(KEY);
}

export function hasPlace({ rows, outputCount }: Generator, { row, candidate }: Generation): boolean {
  return candidate <= outputCount && rows.some((one) => one.row === row);
}

/** The node as it was when it had the entry's row and candidate. */
export function withPlace(generator: Generator, entry: Generation): Generator {
  const { rows, outputCount } = generator;
  const { row, candidate, promptPrefix: prompt } = entry;
  const gone: GeneratorRow = { row, prompt, references: [], startFrame: null, endFrame: null };
  return {
    ...generator,
    outputCount: Math.max(outputCount, candidate),
    rows: rows.some((one) => one.row === row) ? rows : [...rows, gone],
  };
}
