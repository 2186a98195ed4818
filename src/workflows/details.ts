/** The markdown that Temporal's UI shows as a pass's current details. Pure, and short even for large files. */
import { waitingSince } from '../flow/gates';
import type { PassProgress, ProgressNode } from './messages';

const WORDS: Readonly<Record<ProgressNode['state'], string>> = {
  waiting: 'waiting',
  running: 'generating',
  reused: 'reused, nothing paid',
  done: 'done',
  failed: 'failed',
  skipped: 'skipped',
  cancelled: 'cancelled',
  undecided: 'needs a decision',
};
const MAX_ROWS = 60;

export function passDetails(progress: PassProgress): string {
  const { nodes, totals } = progress;
  const ended = nodes.filter((node) => node.state !== 'waiting' && node.state !== 'running').length;
  const paid = totals.generations.paid;
  const head = [
    `**${progress.code ?? 'pass'} ${progress.fileVersion ?? ''}** — ${waitingWords(progress) ?? stateWords(progress)}`,
    `${ended} of ${nodes.length} nodes ended, ${paid} generation${paid === 1 ? '' : 's'} paid by finished nodes in this pass.`,
  ];
  if (progress.output) head.push(`Output: \`${progress.output}\``);
  if (nodes.length === 0) return head.join('\n\n');
  // A list, because the UI draws tables without any space between their cells.
  const rows = pickRows(nodes).map(
    (node) => `- ${oneLine(node.label)}: **${WORDS[node.state]}**${node.reason ? ` (${oneLine(node.reason)})` : ''}`,
  );
  const hidden = nodes.length - rows.length;
  const more = hidden > 0 ? [`…and ${hidden} more (the ones running or failed are shown first).`] : [];
  return [...head, rows.join('\n'), ...more].join('\n\n');
}

/** Temporal's UI shows its own times in whatever zone it is set to, so ours name theirs. */
function waitingWords({ waits }: PassProgress): string | null {
  if (waits.length === 0) return null;
  return waits.map((wait) => waitingSince(wait, (iso) => `${iso.slice(11, 16)} UTC`)).join('; ');
}

function stateWords(progress: PassProgress): string {
  return progress.state === 'opening'
    ? 'reading the file'
    : progress.state === 'exporting'
      ? 'writing the output'
      : progress.state;
}

/** All nodes of a small file in their order; of a large one first what a person looks for. */
function pickRows(nodes: readonly ProgressNode[]): readonly ProgressNode[] {
  if (nodes.length <= MAX_ROWS) return nodes;
  const urgent = nodes.filter((node) => ['running', 'failed', 'undecided'].includes(node.state));
  const others = nodes.filter((node) => !urgent.includes(node));
  return [...urgent, ...others].slice(0, MAX_ROWS);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
