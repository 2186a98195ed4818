/** Facts for a diagnosis, from files and a look at the links: works on a project of any runner, and without any server. */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fetchReference } from './clients/references';
import { localPlan } from './decisions';
import { localEvidence, planProject } from './evidence';
import type { ProjectLayout } from './files/layout';
import { candidatePath } from './files/layout';
import { listOutputs } from './files/outputs';
import type { DiagnosedNode, OutputState } from './flow/diagnosis';
import { decodeFlow } from './flow/parse';
import type { Plan, Prices } from './flow/plan-types';
import type { Receipt } from './flow/receipt';
import { SAFE_STATES } from './flow/receipt';
import type { CompiledFlow, Generator } from './flow/types';
import { cachedCount } from './flow/wipe';
import type { FlowCache } from './flow-cache';
import type { Project } from './project';

/** A person waits for the answer; what has not answered by then is trusted, as a server that is away is. */
const LINKS_MS = 5_000;
const ALL = { mode: 'full', scenes: [], accounts: [], nodes: [], rows: [] } as const;
const PLAIN = { noCache: false, pass: null, refreshStale: false, onLost: 'regenerate' } as const;

export interface DiagnosedPlan {
  readonly plan: Plan;
  /** Links that surely lead nowhere. */
  readonly dead: ReadonlySet<string>;
  /** How many could not be told; null when none was waited for to the end. */
  readonly unsure: number | null;
}

/** What a run of the whole file would do, dead links included. */
export async function diagnosePlan(project: Project, prices: Prices): Promise<DiagnosedPlan> {
  const signal = AbortSignal.timeout(LINKS_MS);
  try {
    const { plan, evidence, unsure } = await planProject(project, {
      plan: { ...ALL, ...PLAIN, prices },
      signal,
      fetchReference: (url) => fetchReference(url, { signal }),
    });
    return { plan, dead: evidence.deadUrls, unsure: unsure.length };
  } catch (error) {
    if (!signal.aborted) throw error;
    return { plan: await localPlan(project, ALL, prices), dead: new Set(), unsure: null };
  }
}

/** Every generator that is not muted, in file order. */
export async function diagnoseNodes(project: Project, dead: ReadonlySet<string>): Promise<readonly DiagnosedNode[]> {
  const { receipts, missingFiles } = await localEvidence(project);
  const folders = new Map<string, Promise<readonly string[]>>();
  const list = (folder: string): Promise<readonly string[]> => {
    const known = folders.get(folder) ?? readdir(folder).catch(() => []);
    folders.set(folder, known);
    return known;
  };
  const generators = project.flow.generators.filter(({ muted }) => !muted);
  return Promise.all(
    generators.map(async (generator): Promise<DiagnosedNode> => {
      const receipt = receipts.get(generator.key);
      const named = receipt ? { ...generator, naming: receipt.naming } : generator;
      const safe = current(receipt).filter(({ state }) => SAFE_STATES.has(state));
      const { key, account, scene, title, kind, rows, outputCount } = generator;
      const open = (urls: readonly (string | null)[]): number =>
        urls.filter((url) => url !== null && !dead.has(url)).length;
      const here = safe.filter(({ file }) => file !== null && !missingFiles.has(file)).length;
      return {
        key,
        account,
        scene,
        title,
        kind,
        wanted: rows.length * outputCount,
        onDisk: Math.max(here, await countFiles(project.layout, named, list)),
        onStore: Math.max(open(safe.map(({ url }) => url)), open(generator.cachedUrls)),
        onRecord: safe.length,
        inFile: cachedCount(project.flow, generator),
        out: current(receipt).filter(({ state }) => state === 'submitted').length,
      };
    }),
  );
}

function current(receipt: Receipt | undefined): Receipt['generations'] {
  return (receipt?.generations ?? []).filter(({ superseded }) => !superseded);
}

/** Candidates by their names, and where there are none the picked ones, as older runners left them. */
async function countFiles(
  layout: ProjectLayout,
  generator: Generator,
  list: (folder: string) => Promise<readonly string[]>,
): Promise<number> {
  const candidates = dirname(join(layout.baseDir, candidatePath(layout, generator, { row: 1, candidate: 1 }, 'png')));
  const stem = generator.naming.stem.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const ending = generator.kind === 'image' ? '(png|jpe?g|webp)' : '(mp4|webm|mov)';
  const count = async (folder: string, pattern: string): Promise<number> => {
    const expression = new RegExp(`^${stem}${pattern}\\.${ending}$`, 'i');
    return (await list(folder)).filter((name) => expression.test(name)).length;
  };
  return Math.max(await count(candidates, '(-r\\d+)?-c\\d+'), await count(dirname(candidates), '(-r\\d+)?'));
}

export interface FoundOutput {
  readonly path: string | null;
  readonly state: OutputState;
}

/** The newest output of this version; whole when every generator has all that it was asked for. */
export async function findOutput(layout: ProjectLayout, flows: FlowCache): Promise<FoundOutput> {
  const path = (await listOutputs(layout)).at(-1);
  if (path === undefined) return { path: null, state: 'none' };
  try {
    const flow = flows.compile(decodeFlow(await readFile(path), path), path);
    return { path, state: isWhole(flow) ? 'complete' : 'incomplete' };
  } catch {
    return { path, state: 'damaged' };
  }
}

function isWhole(flow: CompiledFlow): boolean {
  const made = flow.generators.filter(({ muted }) => !muted);
  return made.every((generator) => cachedCount(flow, generator) >= generator.rows.length * generator.outputCount);
}
