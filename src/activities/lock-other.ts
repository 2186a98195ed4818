import { dirname, join } from 'node:path';
import type { NodeLock } from '../files/node-lock';
import { acquireNodeLock } from '../files/node-lock';
import type { Place } from '../money/ports';
import { lockOwner } from './lock-owner';

/** The lock of a node that this activity is not about, for a short change of its receipt; null while somebody living has it. */
export async function lockOther({ dir, key }: Place, signal: AbortSignal): Promise<NodeLock | null> {
  // No token to give back: this lock dies with its activity, which has one of its own.
  // Locks of a receipts folder lie beside it (files/layout.ts).
  const lock = await acquireNodeLock(join(dirname(dir), 'locks', `${key}.lock`), lockOwner({ about: key }), { signal });
  return 'release' in lock ? lock : null;
}
