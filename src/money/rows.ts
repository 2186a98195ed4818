/** The rows of a node, some at a time: what goes wrong with one keeps no other from being made. */
import { FlowError } from '../flow/errors';
import { failureClass, isFailureType } from '../flow/failure-classes';
import type { GeneratorRow } from '../flow/types';

/**
 * Runs `work` for each row, `lanes` at a time. Throws when all are done: a failure of one row ends that row only, any other
 * one its lane, because the next row would meet it as well.
 */
export async function eachRow(
  rows: readonly GeneratorRow[],
  lanes: number,
  signal: AbortSignal,
  work: (row: GeneratorRow) => Promise<void>,
): Promise<void> {
  const queue = [...rows];
  const failures: unknown[] = [];
  const lane = async (): Promise<void> => {
    for (let row = queue.shift(); row; row = queue.shift()) {
      try {
        await work(row);
      } catch (error) {
        failures.push(error);
        if (signal.aborted || !isOfRow(error)) return;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, rows.length) }, lane));
  if (failures.length > 0) throw weightiest(failures);
}

export function isUndecidedError(error: unknown): boolean {
  return error instanceof FlowError && error.type === 'Generation.Undecided';
}

/** Whether other rows may do better: G-Labs answers, and nothing is wrong with this machine. */
function isOfRow(error: unknown): boolean {
  if (!(error instanceof FlowError) || !isFailureType(error.type)) return false;
  return failureClass(error.type).handling === 'final' && !error.type.startsWith('Backend.');
}

/** What the pass tries again by itself comes first, because rows are left then; next what a person can decide now. */
function weightiest(failures: readonly unknown[]): unknown {
  return failures.find((error) => !isOfRow(error)) ?? failures.find(isUndecidedError) ?? failures[0];
}
