/** Work of one key is done one after the other in this process, in the order of arrival. */
export class Queues {
  private readonly tails = new Map<string, Promise<void>>();

  async alone<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key) ?? Promise.resolve();
    let open: () => void = () => undefined;
    const mine = new Promise<void>((resolve) => (open = resolve));
    this.tails.set(key, mine);
    await before;
    try {
      return await work();
    } finally {
      if (this.tails.get(key) === mine) this.tails.delete(key);
      open();
    }
  }
}
