/** What one node's activity adds up to, in its result and in the details of its failure. Workflow-safe. */
import type { GenerationCounts } from '../flow/ledger';

export type NodeCounts = GenerationCounts;
