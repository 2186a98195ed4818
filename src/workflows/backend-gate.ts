import { ApplicationFailure } from '@temporalio/common';
import { isCancellation } from '@temporalio/workflow';
import { probing } from './policies';
import type { PassInput } from './messages';

/**
 * Where nodes wait while a backend does not answer. The first failure closes it and starts one prober; when a server
 * answers, all waiting nodes go on where their receipts say. Waiting costs nothing and eats no retry.
 */
export class BackendGate {
  private readonly input: PassInput;
  private readonly onChange: (waitingFor: string | null) => void;
  private opening: Promise<void> | null = null;
  /** A day of waiting is enough for all nodes, not for each. */
  private gaveUp: ApplicationFailure | null = null;

  constructor(input: PassInput, onChange: (waitingFor: string | null) => void) {
    this.input = input;
    this.onChange = onChange;
  }

  /** Resolves at once while the backend is believed to be up. Throws when it stayed away for the policy's whole time. */
  async passed(): Promise<void> {
    while (this.opening) await this.opening;
    if (this.gaveUp) throw this.gaveUp;
  }

  close(reason: string): void {
    if (this.opening || this.gaveUp) return;
    this.onChange(`${reason} (checked every 5 s). Start G-Labs and the pass goes on by itself`);
    this.opening = this.probe();
  }

  private async probe(): Promise<void> {
    const { root, options } = this.input;
    try {
      await probing.awaitBackend.executeWithOptions({ summary: 'Wait for G-Labs' }, [
        { root, servers: options.servers },
      ]);
    } catch (error) {
      if (isCancellation(error)) throw error;
      this.gaveUp = ApplicationFailure.nonRetryable(
        'G-Labs did not answer for a whole day. What is paid is kept; run again when it is up.',
        'Backend.GaveUp',
      );
      throw this.gaveUp;
    } finally {
      this.opening = null;
      this.onChange(null);
    }
  }
}
