import type { NodeProgress, ProgressNode } from '../workflows/messages';

/** The word for a node's state: waiting, generating 2/4, uploading 3/4, done, reused, failed: why. */
export function nodeWord(node: ProgressNode, beat?: NodeProgress): string {
  switch (node.state) {
    case 'running':
      if (beat?.atGate) return 'waiting';
      if (beat?.trouble) return `trying again: ${beat.trouble}`;
      if (!beat || beat.stage === 'preparing') return 'starting';
      if (beat.stage === 'saving') return 'saving';
      return `${beat.stage} ${beat.done}/${beat.candidates}`;
    case 'failed':
    case 'skipped':
      return node.reason ? `${node.state}: ${node.reason}` : node.state;
    case 'undecided':
      return `needs a decision (type: nbflow decide)${node.reason ? `: ${node.reason}` : ''}`;
    default:
      return node.state;
  }
}
