/**
 * Every random decision of a run, by name and count. 0 is always the harmless answer, so a failing run is made shorter by
 * answering 0 to some decisions and leaving the others as they were.
 */
export class Choices {
  /** Decisions that were not 0, in order: `strike#3`. */
  readonly made: string[] = [];
  /** From now on every decision is 0: no more trouble. */
  quiet = false;
  private readonly seed: number;
  private readonly kept: ReadonlySet<string> | null;
  private readonly names = new Map<string, { readonly hash: number; count: number }>();

  /** `kept`: the only decisions that may be anything but 0; null for all. */
  constructor(seed: number, kept: ReadonlySet<string> | null = null) {
    this.seed = seed;
    this.kept = kept;
  }

  /** 0, except in `rate` of all cases: then 1 to `most - 1`. Without a rate all answers are equally likely. */
  pick(name: string, most: number, rate = 1 - 1 / most): number {
    if (this.quiet || most < 2 || rate <= 0) return 0;
    const known = this.known(name);
    const count = known.count++;
    const drawn = mix(this.seed, known.hash, count);
    if (drawn / 2 ** 32 >= rate) return 0;
    const key = `${name}#${count}`;
    if (this.kept && !this.kept.has(key)) return 0;
    this.made.push(key);
    return 1 + (mix(drawn, known.hash, count + 1) % (most - 1));
  }

  chance(name: string, rate: number): boolean {
    return this.pick(name, 2, rate) === 1;
  }

  /** One of `values`; the first is the harmless one. */
  one<T>(name: string, values: readonly [T, ...T[]], rate?: number): T {
    return values[this.pick(name, values.length, rate)] ?? values[0];
  }

  private known(name: string): { readonly hash: number; count: number } {
    const known = this.names.get(name) ?? { hash: hashOf(name), count: 0 };
    this.names.set(name, known);
    return known;
  }
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Thirty-two well mixed bits out of three numbers. */
function mix(a: number, b: number, c: number): number {
  let state = (Math.imul(a ^ 0x6d2b79f5, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c + 1, 0xc2b2ae35)) >>> 0;
  state = Math.imul(state ^ (state >>> 15), state | 1);
  state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
  state = Math.imul(state ^ (state >>> 16), 0x45d9f3b);
  return (state ^ (state >>> 14)) >>> 0;
}
