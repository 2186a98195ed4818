/** The story of a node over all passes, told from its receipt alone: what was asked for, what came of it, what changed. Pure. */
import { CACHE_WIPED } from './entries';
import type { Generation, Receipt } from './receipt';

/** One candidate's one generation. */
export interface Chapter {
  readonly row: number;
  readonly candidate: number;
  /** Counted over the candidate's generations, from 1. */
  readonly number: number;
  readonly pass: string;
  /** ISO times. */
  readonly asked: string | null;
  readonly ended: string;
  readonly taskId: string | null;
  readonly server: string | null;
  /** What is different from the candidate's generation before; empty for the first. */
  readonly because: readonly string[];
  /** What came of it, in words. */
  readonly outcome: string;
  readonly adopted: boolean;
  /** Whether it is the one that counts today. */
  readonly counts: boolean;
  readonly bytes: number | null;
  readonly url: string | null;
  readonly file: string | null;
}

/** Oldest first, candidates together. */
export function storyOf({ generations }: Receipt): readonly Chapter[] {
  const told = generations.map((entry, i): Chapter => {
    const before = generations.slice(0, i).filter((one) => one.row === entry.row && one.candidate === entry.candidate);
    const last = before.at(-1);
    return {
      row: entry.row,
      candidate: entry.candidate,
      number: before.length + 1,
      pass: entry.pass,
      asked: entry.intentAt,
      ended: entry.updatedAt,
      taskId: entry.taskId,
      server: entry.server,
      because: last ? changesSince(last, entry) : [],
      outcome: outcomeOf(
        entry,
        generations.slice(i + 1).some((one) => one.row === entry.row && one.candidate === entry.candidate),
      ),
      adopted: entry.adopted,
      counts: !entry.superseded,
      bytes: entry.bytes,
      url: entry.url,
      file: entry.file,
    };
  });
  return [...told].sort((a, b) => a.row - b.row || a.candidate - b.candidate || a.number - b.number);
}

/** What a generation was made from that the one before was not, as far as receipts tell. */
function changesSince(before: Generation, now: Generation): readonly string[] {
  const why: string[] = [];
  if (before.error?.type === CACHE_WIPED) why.push('the one before was wiped, or made again on purpose');
  else if (before.state === 'failed') why.push(`the one before failed: ${before.error?.message ?? 'no reason given'}`);
  else if (before.state === 'lost') why.push('G-Labs had lost the one before');
  else if (before.state === 'withdrawn') why.push('the request before never arrived');
  if (before.fingerprint === now.fingerprint) return why.length > 0 ? why : ['made afresh from the same inputs'];
  const urls = (entry: Generation): string => JSON.stringify(entry.references.map(({ url }) => url).sort());
  const bytes = (entry: Generation): string => JSON.stringify(entry.references.map(({ sha256 }) => sha256).sort());
  if (before.promptPrefix !== now.promptPrefix) why.push('the prompt was edited');
  else if (urls(before) !== urls(now)) why.push('a reference was changed');
  else if (bytes(before) !== bytes(now)) why.push("a reference's content was changed");
  else why.push('the prompt behind its beginning, or a setting, was edited');
  return why;
}

function outcomeOf({ state, error, decision, superseded }: Generation, hasNewer: boolean): string {
  const said = error?.message ? `: ${error.message}` : '';
  switch (state) {
    case 'cached':
    case 'stored':
    case 'generated':
      if (error?.type === CACHE_WIPED) return 'made; put aside by a wipe or a rerun';
      if (superseded) return hasNewer ? 'made; a newer one took its place' : 'made; not the one that counts now';
      return state === 'cached'
        ? 'made, and in the file'
        : state === 'stored'
          ? 'made, not in the file yet'
          : 'made, not uploaded yet';
    case 'submitted':
      return 'out at G-Labs';
    case 'failed':
      return `failed${said}`;
    case 'lost':
      return decision === 'regenerate' ? 'lost; a person decided to make it again' : `lost, money possibly gone${said}`;
    case 'skipped':
      return 'given up by a person';
    case 'withdrawn':
      return 'never arrived, nothing was paid';
    case 'intent':
    case 'unknown':
      return 'its answer was lost; G-Labs is asked by the next run';
  }
}
