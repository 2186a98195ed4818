/** Deaths and stops of workers in the middle of a pass, from what the attempts that went on found. Pure. */

/** One attempt that did not come to its end because its worker went away. */
export interface Interruption {
  readonly pass: string;
  /** Names the worker's process. Several attempts of one worker end together. */
  readonly worker: string;
  /** `killed`: it is dead and had no chance to say so. `stopped`: it was told to stop. `silent`: of another machine. */
  readonly how: 'killed' | 'stopped' | 'silent';
  readonly step: 'open' | 'node' | 'export';
  /** What people call the node: `Scene 06`; null for the steps of the pass itself. */
  readonly node: string | null;
  /** Its last sign of life, and when the next attempt was at work. ISO times. */
  readonly since: string;
  readonly resumed: string;
}

/** The end of one worker. */
export interface WorkerEnd {
  readonly how: Interruption['how'];
  /** What it was at, each once, in order. */
  readonly places: readonly string[];
  /** Milliseconds until anything of it was at work again. */
  readonly gapMs: number;
}

const STEPS = { open: 'the opening of the file', export: 'the writing of the output' } as const;

/** Oldest first. */
export function workerEnds(interruptions: readonly Interruption[]): readonly WorkerEnd[] {
  const groups = new Map<string, Interruption[]>();
  for (const one of interruptions) groups.set(one.worker, [...(groups.get(one.worker) ?? []), one]);
  const ends = [...groups.values()].map((group) => {
    const since = Math.max(...group.map((one) => Date.parse(one.since)));
    const resumed = Math.min(...group.map((one) => Date.parse(one.resumed)));
    const places = new Set(group.map(({ step, node }) => (step === 'node' ? (node ?? 'a node') : STEPS[step])));
    const how = group.some((one) => one.how === 'killed') ? ('killed' as const) : (group[0]?.how ?? 'killed');
    return { how, places: [...places].sort(), gapMs: Math.max(0, resumed - since), since };
  });
  return ends.sort((a, b) => a.since - b.since).map(({ how, places, gapMs }) => ({ how, places, gapMs }));
}
