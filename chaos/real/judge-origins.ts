/** Whether every candidate was made from what its own node says, and holds what was made for it. */
import { createHash } from 'node:crypto';
import { compileFlow } from '../../src/flow/compile';
import { slottedSources } from '../../src/flow/fingerprint';
import { parseFlow } from '../../src/flow/parse';
import type { CompiledFlow } from '../../src/flow/types';
import { basename } from 'node:path';
import type { Charge } from './bill';
import type { Books, Breach, Owned } from './judge';
import type { Scene } from './stage';

/** Compares the hashes on the bill with the pictures that the storyboard names for the node. */
export async function judgeOrigins({ project }: Scene, books: Books): Promise<Breach[]> {
  const fileName = basename(project.file);
  const flow = compileFlow(parseFlow(project.original, fileName), { fileName });
  const pictures = new Pictures();
  const breaches: Breach[] = [];
  for (const charge of books.charges) {
    const [owner] = books.ownersOf.get(charge.task_id) ?? [];
    const problem = owner && (await problemOf({ flow, books, pictures, owner, charge }));
    if (problem) breaches.push({ kind: 'mixed', text: `${owner.name}, task ${charge.task_id}: ${problem}` });
  }
  return breaches;
}

interface Case {
  readonly flow: CompiledFlow;
  readonly books: Books;
  readonly pictures: Pictures;
  readonly owner: Owned;
  readonly charge: Charge;
}

async function problemOf({ flow, books, pictures, owner, charge }: Case): Promise<string | null> {
  const { receipt, entry } = owner;
  const generator = flow.byKey.get(`${receipt.node.tab}:${receipt.node.id}`);
  const row = generator?.rows.find((one) => one.row === entry.row);
  if (!generator || !row) return 'the storyboard has no such node or row';
  if (charge.type !== generator.kind) return `charged as ${charge.type}`;
  if (charge.prompt_sha256 !== sha256(row.prompt)) return `made with another prompt: ${charge.prompt}`;
  const wanted: string[] = [];
  for (const { slot, source } of slottedSources(generator, row)) {
    if (source.kind === 'generated') {
      const still = entry.stills.find((one) => one.slot === slot);
      const made = books.owned.some(({ receipt: { node }, entry: { sha256: hash } }) => {
        return still !== undefined && node.tab === still.tab && node.id === still.id && hash === still.sha256;
      });
      if (!made || `${still?.tab}:${still?.id}` !== source.from) return `its ${slot} is no picture of ${source.from}`;
      wanted.push(still?.sha256 ?? '');
    } else if (source.kind === 'url') wanted.push(await pictures.hash(source.url));
  }
  const given = [...charge.references].sort();
  return given.join() === wanted.sort().join() ? null : 'made from other pictures than the node names';
}

/** What the storyboard's links show, asked once each. */
class Pictures {
  private readonly known = new Map<string, Promise<string>>();

  hash(url: string): Promise<string> {
    const asked = this.known.get(url) ?? fetch(url).then(async (got) => sha256(Buffer.from(await got.arrayBuffer())));
    this.known.set(url, asked);
    return asked;
  }
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
