/**
 * Where nodes wait while the outside is not as it should be: G-Labs away, the object store away, no quota, no space. The
 * first failure closes a gate and starts one prober; when that finds all well, all waiting nodes go on where their
 * receipts say. Waiting costs nothing, eats no retry and adds next to nothing to the history.
 */
import { ApplicationFailure } from '@temporalio/common';
import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { GateKind, Wait } from '../flow/gates';
import { GATES, gateWait } from '../flow/gates';
import type { PassInput } from './messages';
import type { GateReason } from './node-outcomes';
import { prober } from './policies';

const DAY_MS = 24 * 3_600_000;

interface Closed {
  readonly wait: Wait;
  readonly since: number;
  readonly scope: CancellationScope;
}

export class Gates {
  private readonly input: PassInput;
  private readonly servers: () => readonly string[];
  private readonly onChange: () => void;
  private readonly closed = new Map<GateKind, Closed>();
  /** The longest wait is for all nodes, not for each: a gate that was given up stays so. */
  private gaveUp: ApplicationFailure | null = null;

  constructor(input: PassInput, servers: () => readonly string[], onChange: () => void) {
    this.input = input;
    this.servers = servers;
    this.onChange = onChange;
  }

  get waits(): readonly Wait[] {
    return [...this.closed.values()].map(({ wait }) => wait);
  }

  get isOpen(): boolean {
    return this.closed.size === 0;
  }

  /** Resolves when all gates are open, or `unless` says so. Throws `Gate.GaveUp` once one was waited at for too long. */
  async passed(unless: () => boolean = () => false): Promise<void> {
    const mayPass = (): boolean => this.isOpen || this.gaveUp !== null || unless();
    if (!mayPass()) await condition(mayPass);
    if (this.gaveUp && !unless()) throw this.gaveUp;
  }

  close({ gate, detail, until }: GateReason, since = Date.now()): void {
    if (this.closed.has(gate) || this.gaveUp) return;
    const scope = new CancellationScope();
    this.closed.set(gate, { wait: gateWait(gate, since, detail, until), since, scope });
    this.onChange();
    void scope.run(() => this.wait(gate, since, until));
  }

  /** Opens a gate that only time or a person opens. */
  open(gate: GateKind): void {
    const closed = this.closed.get(gate);
    if (!closed) return;
    this.closed.delete(gate);
    closed.scope.cancel();
    this.onChange();
  }

  /** Nothing is waited for any more, and what was given up may be tried again. */
  reset(): void {
    for (const gate of [...this.closed.keys()]) this.open(gate);
    this.gaveUp = null;
  }

  /**
   * G-Labs has other addresses now: they are asked at once. The time waited so far counts on. Answers whether it was
   * waited for.
   */
  retarget(): boolean {
    const closed = this.closed.get('backend');
    if (!closed) return false;
    const { wait, since } = closed;
    this.open('backend');
    this.close(
      { gate: 'backend', detail: `trying ${this.servers().join(', ')} (before: ${plain(wait.detail)})`, until: null },
      since,
    );
    return true;
  }

  private async wait(gate: GateKind, since: number, until: number | null): Promise<void> {
    const closed = this.closed.get(gate);
    const left = Math.max(1_000, since + (this.input.options.maxWaitMs ?? DAY_MS) - Date.now());
    try {
      const opened = await this.untilWell(gate, left, until);
      if (!opened) throw ApplicationFailure.nonRetryable('not in time');
    } catch (error) {
      if (this.closed.get(gate) !== closed) return;
      const what = `${GATES[gate].what} for ${hours(Date.now() - since)}: ${closed?.wait.detail ?? ''}`;
      // A cancelled pass waits for nothing any more.
      if (!isCancellation(error))
        this.gaveUp = ApplicationFailure.nonRetryable(`It waited for ${what}. What is paid is kept.`, 'Gate.GaveUp');
    }
    if (this.closed.get(gate) !== closed) return;
    this.closed.delete(gate);
    this.onChange();
  }

  /** False when the time was over. */
  private async untilWell(gate: GateKind, leftMs: number, until: number | null): Promise<boolean> {
    const { file, root } = this.input;
    const place = { file, root, servers: this.servers() };
    const { awaitBackend, awaitStore, awaitDisk } = prober(leftMs);
    switch (gate) {
      case 'backend':
        await awaitBackend.executeWithOptions({ summary: 'Wait for G-Labs' }, [place]);
        return true;
      case 'store':
        await awaitStore.executeWithOptions({ summary: 'Wait for the object store' }, [place]);
        return true;
      case 'disk':
        await awaitDisk.executeWithOptions({ summary: 'Wait for space on the disk' }, [place]);
        return true;
      case 'quota': {
        // Opened by a person before that; it opens by itself only where G-Labs said when.
        const untilMs = until === null ? Infinity : Math.max(1_000, until - Date.now());
        await condition(() => false, Math.min(leftMs, untilMs));
        return untilMs <= leftMs;
      }
    }
  }
}

function plain(detail: string): string {
  return detail.replace(/^trying .*?\(before: (.*)\)$/, '$1').replace(/ \(checked every.*/, '');
}

function hours(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}
