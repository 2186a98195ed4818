/** The other side's word on our receipts: best effort, quick, and never a reason to fail. */
import { createGLabsClient } from '../clients/glabs';
import type { Settings } from '../config';
import type { Receipt } from '../flow/receipt';
import type { Reconciliation } from '../flow/reconcile';
import { reconcile } from '../flow/reconcile';

export interface BackendWord {
  readonly backend: Reconciliation | null;
  /** Why there is none; null when nobody had to be asked. */
  readonly problem: string | null;
}

const PATIENCE_MS = 3_000;

/** Compares with the first server that answers within a few seconds. */
export async function askBackend(settings: Settings, receipts: readonly Receipt[]): Promise<BackendWord> {
  const glabs = createGLabsClient({ key: () => settings.glabsKey });
  const failures: string[] = [];
  try {
    for (const server of settings.servers) {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      try {
        const listing = await glabs.tasks(server, signal);
        const { skewMs, uptime } = await glabs.health(server, signal);
        return { backend: reconcile(receipts, { server, listing, skewMs, uptime, now: Date.now() }), problem: null };
      } catch (error) {
        const silent = signal.aborted ? `${server}: no answer within ${PATIENCE_MS / 1000} s` : null;
        failures.push(silent ?? (error as Error).message);
      }
    }
    return { backend: null, problem: failures.join('; ') };
  } finally {
    await glabs.close();
  }
}
