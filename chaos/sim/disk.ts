/**
 * A machine's disk. A write is seen by everybody at once, outlives its process, and outlives a power cut only once it is
 * synced. Files are replaced as a whole.
 */
import type { Choices } from './choices';

interface Content {
  /** What a power cut leaves at least. */
  settled: unknown;
  /** Written since, oldest first. */
  pending: unknown[];
}

export class Disk {
  private readonly files = new Map<string, Content>();
  /** False in a world where syncing does nothing. */
  private readonly syncs: boolean;

  constructor(syncs: boolean) {
    this.syncs = syncs;
  }

  read<T>(path: string): T | undefined {
    const content = this.files.get(path);
    return content && ((content.pending.length > 0 ? content.pending.at(-1) : content.settled) as T | undefined);
  }

  /** `undefined` removes. */
  write(path: string, value: unknown): void {
    const content = this.files.get(path) ?? { settled: undefined, pending: [] };
    content.pending.push(value);
    this.files.set(path, content);
  }

  sync(path: string): void {
    const content = this.files.get(path);
    if (!content || content.pending.length === 0 || !this.syncs) return;
    content.settled = content.pending.at(-1);
    content.pending = [];
  }

  /** Whether a power cut leaves it as it is. */
  isSynced(path: string): boolean {
    return this.files.get(path)?.pending.length === 0;
  }

  /** Names of the files that are there, in order of their making. */
  names(start: string): readonly string[] {
    return [...this.files.keys()].filter((path) => path.startsWith(start) && this.read(path) !== undefined);
  }

  /** Each file that was not synced is left as any of its versions since. */
  powerCut(choices: Choices): void {
    for (const content of this.files.values()) {
      if (content.pending.length === 0) continue;
      const kept = choices.pick('survives', content.pending.length + 1);
      content.settled = kept === 0 ? content.settled : content.pending[kept - 1];
      content.pending = [];
    }
  }
}
