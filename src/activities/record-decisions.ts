import { loadSettings } from '../config';
import { findDecidables, writeDecisions } from '../decisions';
import { FlowError } from '../flow/errors';
import { openProject } from '../project';
import type { DecideAnswer, DecideRequest } from '../workflows/decide-update';
import type { ActivityDeps } from './deps';
import { toFailure } from './failures';
import { lockOwner } from './lock-owner';

export interface RecordDecisionsInput extends DecideRequest {
  readonly file: string;
  readonly root: string;
}

/** Writes a person's decisions about candidates into their receipts. Free to repeat: what is written already stays. */
export function createRecordDecisions(deps: ActivityDeps): (input: RecordDecisionsInput) => Promise<DecideAnswer> {
  return async (input) => {
    try {
      return await recordDecisions(deps, input);
    } catch (error) {
      throw toFailure(error);
    }
  };
}

async function recordDecisions(deps: ActivityDeps, input: RecordDecisionsInput): Promise<DecideAnswer> {
  const { file, root, decision, candidates } = input;
  const settings = loadSettings(root, deps.env);
  const project = await openProject(file, deps.flows, root, settings.brand);
  const all = await findDecidables(project, settings.prices);
  const about = candidates.map(({ key, row, candidate }) => {
    const found = all.find((one) => one.generator.key === key && one.row === row && one.candidate === candidate);
    if (found) return found;
    throw new FlowError('Decision.NotNeeded', `Node ${key}, candidate ${candidate} needs no decision (any more).`, 2);
  });
  await writeDecisions(project, about, { decision, at: new Date(deps.now()).toISOString(), owner: lockOwner() });
  return { decided: candidates };
}
