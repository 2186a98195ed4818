/** A Temporal server that answers, but can't do what it is asked: words for a person. */
import { statfsSync } from 'node:fs';
import { defaultHome } from '../config';
import { FlowError } from '../flow/errors';

/** What its database says of a full disk, as the server quotes it. */
const NO_SPACE = /disk is full|no space left/i;

/** A database wants more than that for whatever it does; the server itself soon says nothing but "shard status unknown". */
const LEAST_BYTES = 1 << 20;

/** Null for what is no failure of the server's. Known by its name: the client's own class is loaded only where it is used. */
export function serverTrouble(error: unknown, freeBytes = spaceLeft): FlowError | null {
  if (!(error instanceof Error) || error.name !== 'ServiceError') return null;
  const cause = error.cause as { readonly details?: unknown; readonly message?: unknown } | undefined;
  const said = [cause?.details, cause?.message, error.message].find((text) => typeof text === 'string' && text !== '');
  if (NO_SPACE.test(String(said)) || freeBytes() < LEAST_BYTES) {
    return new FlowError(
      'Temporal.NoSpace',
      'The disk is full where the Temporal server keeps its database. Passes stand still; what is made is kept.',
      4,
      ['Free some space there; passes go on by themselves', 'Then type the same command again, to see how it goes'],
      { cause: error },
    );
  }
  return new FlowError(
    'Temporal.Failing',
    `The Temporal server can't do what it is asked: ${String(said)}. Passes stand still; what is made is kept.`,
    4,
    [
      'Type the same command again: passes go on by themselves, nothing is paid twice',
      'If it stays so: nbflow down, then nbflow up',
    ],
    { cause: error },
  );
}

/** On the disk of the servers that we start ourselves. */
function spaceLeft(): number {
  try {
    const { bavail, bsize } = statfsSync(defaultHome());
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}
