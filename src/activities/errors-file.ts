/** `errors.json` beside the output: one entry per failed node, entries of other workflows kept, gone when fixed. */
import { readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileAtomic } from '../files/atomic';
import type { ProjectLayout } from '../files/layout';
import { failureClass, isFailureType } from '../flow/failure-classes';
import type { Receipt } from '../flow/receipt';
import type { ExportInput } from '../workflows/messages';

const entrySchema = z.looseObject({ workflow: z.string() });
const fileSchema = z.looseObject({ entries: z.array(entrySchema) });

/** Writes the entries of this pass; answers whether there are any. A file that is not ours is set aside, never lost. */
export async function updateErrorsFile(
  path: string,
  layout: ProjectLayout,
  input: ExportInput,
  receipts: ReadonlyMap<string, Receipt>,
): Promise<boolean> {
  const entries = failedEntries(layout, input, receipts);
  const before = await readEntries(path);
  const planned = new Set(input.nodes.map(({ key }) => key));
  // Nodes that this pass did not touch (another scene, another account) keep what was said of them.
  const kept = (before ?? []).filter(
    (entry) => entry.workflow !== layout.workflowId || !planned.has(String(entry['node'])),
  );
  if (before === null && entries.length === 0) return false;
  await writeFileAtomic(path, `${JSON.stringify({ version: 1, entries: [...kept, ...entries] }, null, 2)}\n`);
  return entries.length > 0;
}

/** The operators' manual has fewer words; they are kept beside ours. */
function wikiType(type: string | null): string {
  return type !== null && isFailureType(type) ? failureClass(type).wikiType : 'api_error';
}

type Entry = z.infer<typeof entrySchema>;

async function readEntries(path: string): Promise<readonly Entry[] | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return fileSchema.parse(JSON.parse(text)).entries;
  } catch {
    await rename(path, `${path}.old`);
    return [];
  }
}

function failedEntries(
  layout: ProjectLayout,
  input: ExportInput,
  receipts: ReadonlyMap<string, Receipt>,
): readonly Entry[] {
  return input.nodes.flatMap((node) => {
    const outcome = input.outcomes[node.key];
    if (!outcome || (outcome.state !== 'failed' && outcome.state !== 'undecided')) return [];
    const attempts = (receipts.get(node.key)?.generations ?? []).filter((entry) => entry.pass === input.pass);
    const times = attempts
      .flatMap((entry) => [entry.intentAt, entry.updatedAt])
      .filter((at) => at !== null)
      .sort();
    return [
      {
        workflow: layout.workflowId,
        node: node.key,
        account: node.account,
        scene: node.scene,
        title: node.title,
        type: outcome.errorType,
        kind: wikiType(outcome.errorType),
        attempts: attempts.length,
        message: outcome.reason,
        paid: outcome.paid,
        lost: outcome.lost,
        first: times[0] ?? null,
        last: times.at(-1) ?? null,
        next: `nbflow ${outcome.state === 'undecided' ? 'decide' : 'run'} ${layout.file}`,
      },
    ];
  });
}
