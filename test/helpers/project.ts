/** A project folder of its own for each pass, made from a fixture. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ProjectLayout } from '../../src/files/layout';
import { projectLayout } from '../../src/files/layout';
import type { Generation, Receipt } from '../../src/flow/receipt';
import { FIXTURES, REFERENCE_ORIGIN } from './references';

export interface TestProject {
  readonly root: string;
  readonly file: string;
  readonly folder: string;
  readonly layout: ProjectLayout;
  readonly workflowId: string;
  /** The text that the project began with. */
  readonly original: string;
  text(): string;
  write(text: string): void;
  receipts(): readonly Receipt[];
  generations(): readonly Generation[];
}

export interface ProjectOptions {
  /** Path under `test/fixtures`, without its ending. */
  readonly fixture: string;
  readonly references: string;
  readonly root: string;
  /** Unique among all that share the Temporal server. */
  readonly name: string;
  /** Changes the text before the first run. */
  readonly edit?: (text: string) => string;
}

export function makeProject({ fixture, references, root, name, edit = (text) => text }: ProjectOptions): TestProject {
  // Passes are told apart by the path under the root, and all tests share one Temporal server.
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, 'nbflow.config.json'), '{}\n');
  const text = readFileSync(join(FIXTURES, `${fixture}.nbflow`), 'utf8');
  const original = edit(text.replaceAll(REFERENCE_ORIGIN, references));
  const file = join(folder, `${basename(fixture)}.nbflow`);
  writeFileSync(file, original);
  return projectOf(file, root, original);
}

/** What tests ask of a file that lies there. */
export function projectOf(file: string, root: string, original: string): TestProject {
  const layout = projectLayout(file);
  const receipts = (): Receipt[] => readReceipts(layout.receiptsDir);
  return {
    root,
    file,
    folder: dirname(file),
    layout,
    workflowId: layout.workflowId,
    original,
    text: () => readFileSync(file, 'utf8'),
    write: (changed) => writeFileSync(file, changed),
    receipts,
    generations: () => receipts().flatMap((receipt) => receipt.generations),
  };
}

/** Receipts are replaced by a rename, so a reader always meets a whole one. */
function readReceipts(folder: string): Receipt[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.json') && !name.startsWith('.'));
    return names.sort().map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Receipt);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
