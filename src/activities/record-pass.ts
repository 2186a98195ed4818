/** The last word of a pass: its note in the history, and in the team's registry when there is one. */
import { basename } from 'node:path';
import { addHistory } from '../files/history-file';
import { readInterruptions } from '../files/interruption-log';
import { quoted } from '../flow/advice';
import { spentBy } from '../flow/budget';
import { FlowError } from '../flow/errors';
import type { HistoryEntry } from '../flow/history';
import type { PassFacts } from '../flow/history-note';
import { isEventful, passNote } from '../flow/history-note';
import { workerEnds } from '../flow/interruption';
import { countGenerations, countNodes, passState } from '../flow/outcome';
import { passMoney } from '../flow/pass-money';
import { UNEVENTFUL } from '../flow/pass-past';
import type { Prices } from '../flow/plan-types';
import type { Receipt } from '../flow/receipt';
import type { Project } from '../project';
import { recordInRegistry } from '../record';
import type { ExportInput, ExportResult } from '../workflows/messages';

interface EndedPass extends Pick<ExportResult, 'output' | 'complete'> {
  readonly pass: ExportInput;
  readonly prices: Prices;
}

/** Safe to repeat: the first note of an end stays. Answers remarks for the person who runs the pass. */
export async function recordPass(project: Project, ended: EndedPass): Promise<readonly string[]> {
  const { layout } = project;
  const receipts = await project.receipts.list();
  const interruptions = await readInterruptions(layout.receiptsDir, ended.pass.pass);
  const facts = factsOf(layout.version, receipts, ended, workerEnds(interruptions));
  const entry = await addHistory(layout.historyFile, entryOf(facts, receipts, ended));
  // Who only looks at the end of a pass that went on by itself learns here that it had to.
  const told = facts.ends.length > 0 ? [`For the history: ${entry.text}`] : [];
  if (!isEventful(facts)) return told;
  try {
    await recordInRegistry(layout, entry);
    return told;
  } catch (error) {
    // A registry that a person has to mend holds up no pass.
    if (!(error instanceof FlowError) || error.type === 'Disk.Full') throw error;
    const name = quoted(basename(layout.file, '.nbflow'));
    return [...told, `${error.message} The note of this pass is in the history: nbflow history ${name}`];
  }
}

function factsOf(
  version: string,
  receipts: readonly Receipt[],
  { pass, complete }: EndedPass,
  ends: PassFacts['ends'],
): PassFacts {
  const outcomes = Object.values(pass.outcomes);
  return {
    version,
    ends,
    past: pass.past ?? UNEVENTFUL,
    money: passMoney(pass.pass, receipts),
    reused: countGenerations(outcomes).reused,
    nodes: countNodes(outcomes),
    state: passState(outcomes),
    complete,
  };
}

function entryOf(facts: PassFacts, receipts: readonly Receipt[], { pass, output, prices }: EndedPass): HistoryEntry {
  const { version, money, reused, state, ends } = facts;
  const { paid, generated, failed, lost } = money;
  return {
    schema: 1,
    // A pass that somebody resets ends more than once; an export that is repeated tells of the same end.
    id: `${pass.pass} ${pass.finishedAt}`,
    at: new Date(pass.finishedAt).toISOString(),
    version,
    kind: 'pass',
    text: passNote(facts),
    pass: {
      id: pass.pass,
      state,
      seconds: Math.round((pass.finishedAt - pass.startedAt) / 1_000),
      paid,
      generated,
      reused,
      failed,
      lost,
      price: spentBy(pass.pass, receipts, prices),
      interruptions: ends.length,
      output,
    },
  };
}
