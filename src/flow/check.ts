/** The sanity check: what would waste money or break the file, found before anything is spent. */
import { analyse } from './analysis';
import type { FileFacts } from './analysis';
import type { Finding, FlowDocument } from './types';

/**
 * All findings of a document, by tab. `R1`…`R9` are the nine sanity rules, dotted names ours. An error stops a pass before it
 * spends; a warning and a note do not.
 */
export function checkFlow(document: FlowDocument, facts: FileFacts = {}): readonly Finding[] {
  return analyse(document, facts).findings;
}
