import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loadSettings } from '../config';
import { writeFileAtomic } from '../files/atomic';
import { outputFile, projectLayout, reportFile } from '../files/layout';
import type { ProjectLayout } from '../files/layout';
import { notePassEnd } from '../files/pass-ends';
import { ReceiptStore } from '../files/receipts';
import { removeDeadTemps } from '../files/temps';
import type { Edit } from '../files/patch';
import { applyEdits } from '../files/patch';
import { candidateStates, urlsToSave } from '../flow/candidates';
import type { CandidateStates } from '../flow/candidates';
import { editsMeanwhile } from '../flow/edits-meanwhile';
import { failuresOf } from '../flow/giving-up';
import { passState } from '../flow/outcome';
import { cacheEdits } from '../flow/patches';
import type { OnLost } from '../flow/plan-types';
import type { Receipt } from '../flow/receipt';
import type { Generator } from '../flow/types';
import { openProject, receiptsByKey, reopenProject } from '../project';
import type { Project } from '../project';
import { contactSheet } from '../report/contact-sheet';
import type { ExportInput, ExportResult } from '../workflows/messages';
import type { ActivityDeps } from './deps';
import { updateErrorsFile } from './errors-file';
import { toFailure } from './failures';
import { atGate } from './gate-checks';
import { presentRun } from './gate-holds';
import { withHeartbeat } from './heartbeat';
import { noteInterruption } from './last-attempt';
import { copyPicked } from './picked';
import { recordPass } from './record-pass';

/** Writes `-generated.nbflow`, errors.json and the report. Pays nothing, and may be repeated: names come from the pass. */
export function createExportPass(deps: ActivityDeps): (input: ExportInput) => Promise<ExportResult> {
  return (input) =>
    withHeartbeat(
      () => ({ stage: 'exporting' }),
      async (signal) => {
        try {
          return await exportPass(deps, input);
        } catch (error) {
          if (signal.aborted) throw error;
          // It writes files alone, so G-Labs' addresses are none of its business.
          const place = { file: input.file, root: input.root, servers: [], runId: presentRun(), node: 'export' };
          throw await atGate(deps, place, toFailure(error), signal);
        }
      },
    );
}

async function exportPass(deps: ActivityDeps, input: ExportInput): Promise<ExportResult> {
  const settings = loadSettings(input.root, deps.env);
  const remarks: string[] = [];
  const project = await openOrBackup(deps, input, settings.brand, remarks);
  const receipts = await receiptsByKey(project);
  remarks.push(...(await editsSince(deps, input, project, receipts)));
  const { layout } = project;
  await noteInterruption(layout, { pass: input.pass, step: 'export', node: null });
  const stamp = new Date(input.startedAt);
  const { output, complete, unsaved } = await writeOutput({ project, receipts, onLost: input.onLost, stamp });
  const ours = new Set(input.nodes.map(({ key }) => key));
  const lacking = unsaved.filter(({ key }) => ours.has(key)).map(({ title }) => title);
  if (lacking.length > 0) remarks.push(unsavedWords(lacking));
  await refreshPicked(project, receipts);
  const { errorsFile } = layout;
  const generators = project.flow.byKey;
  const failing = await updateErrorsFile({
    layout,
    pass: input,
    receipts,
    generators,
    prices: settings.prices,
    remarks,
  });
  await noteEnd(input, layout);
  const report = reportFile(layout, stamp, '.html');
  await writeFileAtomic(report, contactSheet({ project, receipts, pass: input, output, report }));
  remarks.push(...(await recordPass(project, { pass: input, output, complete, prices: settings.prices })));
  await tidyUp(layout);
  return { output, errorsFile: failing ? errorsFile : null, report, complete, remarks };
}

/** What `run` and `diagnose` judge by, when passes fail one after the other. */
async function noteEnd(
  { pass, finishedAt, nodes, outcomes }: ExportInput,
  { receiptsDir }: ProjectLayout,
): Promise<void> {
  const all = Object.values(outcomes);
  const labels = new Map(nodes.map(({ key, label }) => [key, label]));
  const at = new Date(finishedAt).toISOString();
  await notePassEnd(receiptsDir, { pass, at, state: passState(all), failures: failuresOf(all, labels) });
}

/** Writes `-generated.nbflow` from the file and what the receipts have beyond it; `complete`: no node lacks a result. */
export async function writeOutput({
  project,
  receipts,
  onLost,
  stamp,
}: {
  readonly project: Project;
  readonly receipts: ReadonlyMap<string, Receipt>;
  readonly onLost: OnLost;
  readonly stamp: Date;
}): Promise<{ readonly output: string; readonly complete: boolean; readonly unsaved: readonly Generator[] }> {
  const { edits, complete, unsaved } = completeEdits(project, receipts, onLost);
  const output = outputFile(project.layout, stamp);
  await mkdir(dirname(output), { recursive: true });
  await writeFileAtomic(output, edits.length > 0 ? applyEdits(project.text, edits) : project.text);
  return { output, complete, unsaved };
}

/** An older copy was saved over the file, or the file could not be patched. */
function unsavedWords(titles: readonly string[]): string {
  const which = titles.length > 3 ? `${titles.length} nodes` : titles.map((title) => `"${title}"`).join(', ');
  return `The file does not list what was made for ${which}; perhaps another program saved an older copy over it. The output has it, and the next run writes it back and pays nothing.`;
}

/** Told in words: the plan that a person saw was made from the file as it was. The backup may be gone by now. */
async function editsSince(
  deps: ActivityDeps,
  input: ExportInput,
  project: Project,
  receipts: ReadonlyMap<string, Receipt>,
): Promise<readonly string[]> {
  const text = input.backup === null ? null : await readFile(input.backup, 'utf8').catch(() => null);
  if (text === null) return [];
  const isMade = (generator: Generator): boolean =>
    urlsToSave(generator, statesOf(generator, receipts), input.onLost) !== null;
  const planned = input.nodes.map(({ key }) => key);
  return editsMeanwhile({ before: deps.flows.compile(text, input.file), after: project.flow, planned, isMade });
}

/** What workers that were killed in the middle of a write left behind. */
async function tidyUp({ baseDir, code, file, backupsDir, generationsDir }: ProjectLayout): Promise<void> {
  await removeDeadTemps(join(baseDir, 'Assets', code), { recursive: true });
  for (const folder of [dirname(file), backupsDir, generationsDir]) await removeDeadTemps(folder);
}

/** A source that vanished or was damaged during the pass does not lose the output: the backup of its start stands in. */
async function openOrBackup(
  deps: ActivityDeps,
  input: ExportInput,
  brand: string | null,
  remarks: string[],
): Promise<Project> {
  try {
    return await reopenProject(input.file, deps.flows, input.root, brand);
  } catch (error) {
    if (input.backup === null) throw error;
    remarks.push(`${(error as Error).message} The output was made from its backup ${input.backup}.`);
    const kept = await openProject(input.backup, deps.flows, input.root, brand);
    const layout = projectLayout(input.file, { root: input.root, ...(brand ? { brand } : {}) });
    return { ...kept, layout, receipts: new ReceiptStore(layout.receiptsDir) };
  }
}

/** Edits for nodes whose results are all there but not in the text (their patch was refused), and whether any node lacks some. */
function completeEdits(
  project: Project,
  receipts: ReadonlyMap<string, Receipt>,
  onLost: OnLost,
): { edits: readonly Edit[]; complete: boolean; unsaved: readonly Generator[] } {
  let complete = true;
  const lacking: Generator[] = [];
  const edits = project.flow.generators.flatMap((generator) => {
    if (generator.muted) return [];
    const states = statesOf(generator, receipts);
    const urls = urlsToSave(generator, states, onLost);
    if (!urls) complete = false;
    const unsaved = states.places.some(({ usable, inFile }) => usable?.url != null && !inFile);
    if (!unsaved || !urls) return [];
    lacking.push(generator);
    return cacheEdits(project.flow, generator, urls);
  });
  return { edits, complete, unsaved: lacking };
}

/** From receipts alone: links were verified when the pass opened. */
function statesOf(generator: Generator, receipts: ReadonlyMap<string, Receipt>): CandidateStates {
  const evidence = {
    receipts,
    deadUrls: new Set<string>(),
    hashes: new Map<string, string>(),
    missingFiles: new Set<string>(),
  };
  return candidateStates(generator, receipts.get(generator.key), evidence);
}

/** A pick made in PatchWork since shows in the folder too. Named as in the receipt, where names are fixed. */
async function refreshPicked(project: Project, receipts: ReadonlyMap<string, Receipt>): Promise<void> {
  for (const generator of project.flow.generators) {
    const receipt = receipts.get(generator.key);
    if (!receipt) continue;
    const named = { ...generator, naming: receipt.naming };
    await copyPicked(project, project.flow, named, statesOf(named, receipts));
  }
}
