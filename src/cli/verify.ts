/** `nbflow verify FILE`: does every link of the file lead to what it should? `--repair` mends what a copy is left of. */
import { createS3Store } from '../clients/s3';
import { backupFile } from '../files/backups';
import { listOutputs } from '../files/outputs';
import { PatchQueue } from '../files/source-file';
import { quoted } from '../flow/advice';
import { FlowError } from '../flow/errors';
import type { LinkFacts, LinkLook } from '../flow/link-facts';
import { linkLists } from '../flow/link-lists';
import type { LinkProblem } from '../flow/link-problems';
import { linkProblems } from '../flow/link-problems';
import { matchReceipts } from '../flow/match-receipts';
import type { Receipt } from '../flow/receipt';
import { relinkEdits } from '../flow/relink';
import { killAt } from '../kill-at';
import { repairCopies, markListed } from '../link-repair';
import { surveyLinks } from '../link-survey';
import type { FlowCache } from '../flow-cache';
import type { ProjectLayout } from '../files/layout';
import type { Project } from '../project';
import { openProject } from '../project';
import { runningStore } from '../services/running';
import type { CommandContext } from './context';
import { openContext } from './context';
import { refuseWhileRunning } from './idle';
import type { OutputOptions } from './output';
import { say } from './output';
import { reportVerified } from './verify-report';
import type { Repaired } from './verify-report';

export interface VerifyOptions extends OutputOptions {
  readonly repair?: boolean;
  readonly source?: boolean;
  /** The newest output of this version instead of the source. */
  readonly generated?: boolean;
}

const DAMAGED = 8;

/** Answers 0 when nothing is wrong, else 8. Throws FlowError: 2 (no such file or output), 7 (a pass runs), 8 (damaged). */
export async function verifyCommand(name: string, options: VerifyOptions): Promise<number> {
  const context = await openContext(name);
  const target = options.generated ? await newestOutput(context, name) : context.file;
  if (options.repair) await refuseWhileRunning(context.project.layout, context.env);
  if (!options.json) say(`Looking at the links of ${target}…`);
  const before = await lookAt(context, target);
  const repaired = options.repair && before.problems.length > 0 ? await repair(context, target, before) : null;
  const after = repaired ? await lookAt(context, target, stillKnown(before.facts, repaired)) : before;
  reportVerified({ name, target, context, options, facts: after.facts, problems: after.problems, repaired });
  return after.problems.length > 0 ? DAMAGED : 0;
}

interface Looked {
  readonly facts: LinkFacts;
  readonly problems: readonly LinkProblem[];
  readonly receipts: readonly Receipt[];
}

async function lookAt(
  { project, settings, flows }: CommandContext,
  target: string,
  known: ReadonlyMap<string, LinkLook> = new Map(),
): Promise<Looked> {
  const { layout } = project;
  const { flow } = await openTarget(target, layout, flows);
  const receipts = await project.receipts.list();
  const byKey = matchReceipts(flow, receipts).byKey;
  const signal = new AbortController().signal;
  const facts = await surveyLinks(flow, { baseDir: layout.baseDir, receipts: byKey, signal, known });
  return { facts, problems: linkProblems(flow, facts, settings.prices), receipts };
}

/** The layout is the source's own: an output has no receipts beside it. */
async function openTarget(target: string, layout: ProjectLayout, flows: FlowCache): Promise<Project> {
  try {
    return await openProject(target, flows, layout.root);
  } catch (error) {
    if (target === layout.file || !(error instanceof FlowError) || error.type !== 'File.Damaged') throw error;
    const next = [`Write the output again from what exists: nbflow export ${quoted(layout.file)}`];
    throw new FlowError(error.type, error.message, error.exitCode, next, { cause: error });
  }
}

function stillKnown({ looks }: LinkFacts, { touched }: Repaired): ReadonlyMap<string, LinkLook> {
  return new Map([...looks].filter(([url, { state }]) => !touched.has(url) && state !== 'silent'));
}

async function newestOutput({ project }: CommandContext, name: string): Promise<string> {
  const { generationsDir, code, version } = project.layout;
  const newest = (await listOutputs(project.layout)).at(-1);
  if (newest !== undefined) return newest;
  throw new FlowError('Usage', `There is no ${code}-${version}-generated-….nbflow in ${generationsDir} yet.`, 2, [
    `Write it from what exists: nbflow export ${quoted(name)}`,
  ]);
}

/** The copies first, then the file: were this to end in between, a run would write the links for nothing. */
async function repair(context: CommandContext, target: string, before: Looked): Promise<Repaired> {
  const { project, flows } = context;
  const { flow } = await openTarget(target, project.layout, flows);
  const settings = context.settings.store ?? (await runningStore(context.env));
  const store = settings && createS3Store(settings);
  const signal = new AbortController().signal;
  const copies = await repairCopies({ flow, facts: before.facts, project, store, signal });
  const touched = copies.touched;
  const reached = killAt(process.env);
  reached('copies-written');
  const looks = stillKnown(before.facts, { ...copies, backup: null, relinked: 0, failed: [] });
  const between = await lookAt(context, target, looks);
  const editsFor = (text: string): ReturnType<typeof relinkEdits> => {
    const now = flows.compile(text, target);
    const receipts = matchReceipts(now, between.receipts).byKey;
    return relinkEdits(now, { ...between.facts, lists: linkLists(now), receipts });
  };
  const relinked = editsFor((await openTarget(target, project.layout, flows)).text).length;
  const backup = relinked > 0 ? await backupFile(target, project.layout.backupsDir, 'pre-repair', new Date()) : null;
  reached('backed-up');
  if (relinked > 0) await new PatchQueue().patch(target, editsFor);
  reached('file-written');
  if (target === context.file) {
    const { flow: written } = await openTarget(target, project.layout, flows);
    await markListed(project, between.receipts, written);
  }
  return { uploaded: copies.uploaded, fetched: copies.fetched, relinked, backup, failed: [...copies.failed], touched };
}
