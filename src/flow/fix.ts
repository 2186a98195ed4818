/** What `check --fix` would do to a document: of all findings those that have one right answer. */
import { analyse } from './analysis';
import type { FileFacts } from './analysis';
import type { Change } from './fix-edits';
import type { Finding, FlowDocument } from './types';

export interface Fix {
  readonly finding: Finding;
  readonly changes: readonly Change[];
}

/** In the order of the findings. A fix may bring others to light: look again after applying them. */
export function fixesOf(document: FlowDocument, facts: FileFacts = {}): readonly Fix[] {
  const { mends } = analyse(document, facts);
  return [...mends].map(([finding, mend]) => ({ finding, changes: mend.changes() }));
}
