/** Each attempt of its node marks a lost answer anew; one that nobody asks for any more must not stand in the way for ever. */
const HELD_MS = 10 * 60_000;

/**
 * At most one row's submits may be without an answer per (server, type, first 50 characters of the prompt): the
 * backend's task list shows no more than that, so two would be mixed up if an answer got lost. The candidates of one
 * row share everything they are made from, so they may be under way together.
 */
export class PrefixGates {
  private readonly tails = new Map<string, Promise<void>>();
  private readonly unresolved = new Map<string, { readonly owner: string; readonly since: number }>();
  private readonly now: () => number;

  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  /** Runs `work` alone for its key. `owner` is the node; a lost answer of another owner must be settled first. */
  async alone<T>(key: string, owner: string, blocked: (holder: string) => Error, work: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key) ?? Promise.resolve();
    let open: () => void = () => undefined;
    const mine = new Promise<void>((resolve) => (open = resolve));
    this.tails.set(key, mine);
    await before;
    try {
      const holder = this.unresolved.get(key);
      if (holder && holder.owner !== owner && this.now() - holder.since < HELD_MS) throw blocked(holder.owner);
      return await work();
    } finally {
      if (this.tails.get(key) === mine) this.tails.delete(key);
      open();
    }
  }

  markUnresolved(key: string, owner: string): void {
    this.unresolved.set(key, { owner, since: this.now() });
  }

  resolved(key: string, owner: string): void {
    if (this.unresolved.get(key)?.owner === owner) this.unresolved.delete(key);
  }
}
