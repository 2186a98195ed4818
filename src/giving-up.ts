/** Facts for the question whether to give up a file, from files alone: works without any server. */
import { localEvidence } from './evidence';
import { readPassEnds } from './files/pass-ends';
import type { GivingUp } from './flow/giving-up';
import { givingUp, lastTwoFailed } from './flow/giving-up';
import { planPass } from './flow/plan';
import type { Plan, Prices } from './flow/plan-types';
import type { Project } from './project';

const EVERYTHING = { mode: 'full', scenes: [], accounts: [], nodes: [], rows: [] } as const;
const PLAIN = { pass: null, refreshStale: false, onLost: 'regenerate' } as const;

/**
 * `name`: the file as the person typed it. `known`: what a run would pay for, where that was found out already, from links
 * too. Null while going on is the thing to do.
 */
export async function findGivingUp(
  project: Project,
  name: string,
  prices: Prices,
  known?: Plan,
): Promise<GivingUp | null> {
  const ends = await readPassEnds(project.layout.receiptsDir);
  if (!lastTwoFailed(ends)) return null;
  const evidence = await localEvidence(project);
  const options = { ...EVERYTHING, ...PLAIN, prices };
  const missing = known ?? planPass(project.flow, evidence, { ...options, noCache: false });
  const startOver = planPass(project.flow, evidence, { ...options, noCache: true }).price;
  return givingUp({ name, ends, missing, startOver, receipts: evidence.receipts });
}
