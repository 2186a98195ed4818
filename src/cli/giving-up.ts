/** Two failed passes in a row: what `run` says of it before it spends and at its end. */
import type { GivingUp } from '../flow/giving-up';
import type { PassState } from '../flow/outcome';
import { findGivingUp } from '../giving-up';
import type { CommandContext } from './context';
import { say } from './output';

/** Before money is spent on what is asked for in the same words again. The person decides: nothing is held up. */
export async function warnBeforeRepeating({ project, settings }: CommandContext, name: string): Promise<void> {
  const found = await findGivingUp(project, name, settings.prices);
  if (!found) return;
  found.words.forEach((line) => say(line));
  found.next.forEach((step) => say(`  → ${step}`));
}

export async function givingUpAfter(
  { project, settings }: CommandContext,
  state: PassState,
  name: string,
): Promise<GivingUp | null> {
  const failed = state === 'done-with-failures' || state === 'needs-person';
  return failed ? findGivingUp(project, name, settings.prices) : null;
}
