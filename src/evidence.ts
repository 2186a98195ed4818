/** Facts from outside the file that a plan needs: receipts, files on disk, links that answer, contents of references. */
import { checkUrls } from './clients/references';
import { statSizes } from './files/sizes';
import { slottedSources } from './flow/fingerprint';
import { entriesToCheck, fileOwners } from './flow/entries';
import type { ReceiptMatch } from './flow/match-receipts';
import { matchReceipts, receiptKey } from './flow/match-receipts';
import { planPass } from './flow/plan';
import type { Evidence, Plan, PlanOptions } from './flow/plan-types';
import type { Generation, Receipt } from './flow/receipt';
import type { Generator } from './flow/types';
import type { Project } from './project';

export interface EvidenceOptions {
  readonly plan: PlanOptions;
  readonly signal?: AbortSignal;
  /** Downloads a reference to learn its content; failures are left to the node that needs it. */
  readonly fetchReference: (url: string) => Promise<{ readonly sha256: string }>;
}

export interface PlannedPass {
  readonly plan: Plan;
  readonly evidence: Evidence;
  /** File names of receipts, existing or to be, by generator key. */
  readonly receiptKeys: ReadonlyMap<string, string>;
  /** Links that could neither be confirmed nor refuted; they are trusted. */
  readonly unsure: readonly string[];
}

/** Plans a pass over a project as it is now. The same steps for `nbflow plan` and for a pass, so that both agree. */
export async function planProject(project: Project, options: EvidenceOptions): Promise<PlannedPass> {
  const all = await project.receipts.list();
  const receipts = matchReceipts(project.flow, all).byKey;
  const hashes = knownHashes(receipts);
  const entries = [...receipts].flatMap(([key, receipt]) => {
    const generator = project.flow.byKey.get(key);
    return generator ? entriesToCheck(generator, receipt, hashes) : [];
  });
  const [missingFiles, links] = await Promise.all([
    missingFilesOf(project, receipts),
    checkLinks(project.flow.generators, entries, options),
  ]);
  const unsureUrls = new Set(links.unsure);
  const evidence: Evidence = { receipts, deadUrls: links.dead, unsureUrls, hashes, missingFiles };
  await learnHashes(project, evidence, hashes, options);
  return {
    plan: planPass(project.flow, evidence, options.plan),
    evidence,
    receiptKeys: keysOf(project, receipts, all),
    unsure: links.unsure,
  };
}

/** A new receipt never takes the name of another node's, not even of one that is no longer in the file. */
function keysOf(
  project: Project,
  receipts: ReadonlyMap<string, Receipt>,
  all: readonly Receipt[],
): ReadonlyMap<string, string> {
  const taken = new Set(all.map(({ key }) => key));
  const keys = new Map<string, string>();
  for (const generator of project.flow.generators) {
    const key = receipts.get(generator.key)?.key ?? receiptKey(generator, project.flow, taken);
    taken.add(key);
    keys.set(generator.key, key);
  }
  return keys;
}

/** What is known without asking any server. Cost: a look at the receipts, unless they are given, and at the files they name. */
export async function localEvidence(project: Project, known?: ReceiptMatch['byKey']): Promise<Evidence> {
  const receipts = known ?? matchReceipts(project.flow, await project.receipts.list()).byKey;
  const missingFiles = await missingFilesOf(project, receipts);
  return { receipts, deadUrls: new Set(), hashes: knownHashes(receipts), missingFiles };
}

function missingFilesOf(project: Project, receipts: ReadonlyMap<string, Receipt>): Promise<ReadonlySet<string>> {
  return statSizes(project.layout.baseDir, [...receipts.values()].flatMap(fileOwners));
}

async function checkLinks(
  generators: readonly Generator[],
  entries: readonly Generation[],
  options: EvidenceOptions,
): Promise<{ dead: ReadonlySet<string>; unsure: readonly string[] }> {
  // With --no-cache nothing cached is used, so nothing cached needs to answer.
  if (options.plan.noCache) return { dead: new Set(), unsure: [] };
  const urls = new Set(
    generators.flatMap(({ cachedUrls, otherUrls }) => [...cachedUrls, ...otherUrls.filter((url) => url !== null)]),
  );
  for (const entry of entries) if (entry.url !== null) urls.add(entry.url);
  const answers = await checkUrls([...urls], {
    concurrency: 32,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const having = (wanted: string): string[] =>
    [...answers].filter(([, answer]) => answer === wanted).map(([url]) => url);
  return { dead: new Set(having('dead')), unsure: having('unsure') };
}

function knownHashes(receipts: ReadonlyMap<string, Receipt>): Map<string, string> {
  const hashes = new Map<string, string>();
  for (const receipt of receipts.values()) {
    for (const entry of receipt.generations) for (const { url, sha256 } of entry.references) hashes.set(url, sha256);
  }
  return hashes;
}

/**
 * A node that has receipts but would be paid again may only have a reference under another address: its content is
 * looked at before money is spent. Nodes without receipts need no look, they are paid for either way.
 */
async function learnHashes(
  project: Project,
  evidence: Evidence,
  hashes: Map<string, string>,
  options: EvidenceOptions,
): Promise<void> {
  const plan = planPass(project.flow, evidence, options.plan);
  const wanted = new Set<string>();
  for (const node of plan.nodes) {
    const generator = project.flow.byKey.get(node.key);
    if (!generator || !evidence.receipts.has(node.key)) continue;
    for (const row of node.rows) {
      if (!row.candidates.some(({ action }) => action === 'generate')) continue;
      const inputs = generator.rows.find((one) => one.row === row.row);
      for (const { source } of inputs ? slottedSources(generator, inputs) : []) {
        if (source.kind === 'url' && !hashes.has(source.url)) wanted.add(source.url);
      }
    }
  }
  await Promise.all(
    [...wanted].map(async (url) => {
      const got = await options.fetchReference(url).catch(() => null);
      if (got) hashes.set(url, got.sha256);
    }),
  );
}
