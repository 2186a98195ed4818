/**
 * The money protocol's decisions, without I/O: what the end of a submit means, and what became of a submit whose
 * answer was lost. See docs/architecture.md, "The money protocol".
 */
import { refusedSubmit } from './failure-evidence';
import type { SeenBefore } from './receipt';
import type { Kind } from './types';

/** How a submit ended, as the G-Labs client reports it. Never an exception: every end is an answer to classify. */
export type SubmitEnd =
  | { readonly kind: 'accepted'; readonly taskId: string }
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly code?: number | null;
      readonly retryAfterMs?: number | null;
      readonly text: string;
    }
  | {
      readonly kind: 'transport';
      readonly phase: 'before-sent' | 'maybe-sent';
      readonly errno: string;
      readonly text: string;
    }
  | { readonly kind: 'unreadable'; readonly status: number; readonly text: string };

export type SubmitMeaning =
  | { readonly kind: 'accepted'; readonly taskId: string }
  /** Surely never arrived: nothing was paid. */
  | {
      readonly kind: 'withdrawn';
      readonly failure: string;
      readonly message: string;
      /** Milliseconds after which it may be sent again, where the answer told. */
      readonly waitMs?: number | null;
    }
  /** It may have arrived: it must be looked up before anything is sent again. */
  | { readonly kind: 'unknown'; readonly message: string };

/** One table decides what a submit's end means. Anything not surely refused counts as maybe paid. */
export function classifySubmit(end: SubmitEnd): SubmitMeaning {
  switch (end.kind) {
    case 'accepted':
      return { kind: 'accepted', taskId: end.taskId };
    case 'transport':
      return end.phase === 'before-sent'
        ? { kind: 'withdrawn', failure: 'Backend.Unreachable', message: end.text }
        : { kind: 'unknown', message: end.text };
    case 'unreadable':
      return { kind: 'unknown', message: `HTTP ${end.status} with an answer that can't be read: ${end.text}` };
    case 'answered': {
      const waitMs = end.retryAfterMs ?? null;
      const failure = refusedSubmit(end.status, end.code ?? null, waitMs);
      const message = `HTTP ${end.status}: ${end.text}`;
      return failure ? { kind: 'withdrawn', failure, message, waitMs } : { kind: 'unknown', message };
    }
  }
}

export interface ListedTask {
  readonly taskId: string;
  readonly type: string;
  readonly prompt: string;
  /** Unix seconds. */
  readonly createdAt: number;
}

/** What the lookup of lost answers looks at. Times are epoch milliseconds of our clock unless said otherwise. */
export interface Lookup {
  readonly kind: Kind;
  /** Does a listed (cut) prompt fit ours? See request.ts `samePrefix`. */
  readonly fits: (listedPrompt: string) => boolean;
  /** The earliest intent among the unknown submits of this row. */
  readonly intentAt: number;
  /** How many submits of this row have no known fate. They share prompt and references, so they are interchangeable. */
  readonly unknown: number;
  /** The list as it was right before the submits; null where that is not on record. */
  readonly seen: SeenBefore | null;
  readonly listing: readonly ListedTask[];
  /** Seconds since the backend started, null when it does not say. */
  readonly uptime: number | null;
  /** Backend clock minus ours, milliseconds. */
  readonly skewMs: number;
  readonly now: number;
  /** How many lists this lookup has got, this one included, one `LOOK_AGAIN_MS` after the other. */
  readonly looks: number;
  /**
   * False when another address was asked than the one that the submits went to, which does not answer: it may or may not
   * be the same G-Labs. Absent: true.
   */
  readonly isHome?: boolean;
  /** Tasks that our own receipt took since the intent. */
  readonly claimed: ReadonlySet<string>;
  /** All that receipts own. */
  readonly owned: readonly OwnedTask[];
}

/** A task that some receipt owns, with the times by which it is told from a later one of the same id. */
export interface OwnedTask {
  readonly taskId: string;
  /** ISO times by the clock of the machine that wrote them. */
  readonly intentAt: string | null;
  readonly submittedAt: string | null;
  /** The backend's clock minus that one, milliseconds. */
  readonly skewMs: number;
}

export type Fate =
  | { readonly kind: 'adopt'; readonly taskIds: readonly string[]; readonly rest: 'withdrawn' | 'lost' }
  /** Too early to say of all: a request may still be on its way. Take these and look again for the rest. */
  | { readonly kind: 'wait'; readonly taskIds: readonly string[] }
  /** More tasks fit than we sent: somebody else uses the same words. A person decides. */
  | { readonly kind: 'undecided'; readonly reason: string };

/** Tasks listed at once by `GET /api/tasks`; a full page may have pushed ours out. */
export const LISTING_SIZE = 50;
/** Clocks are compared through a header of whole seconds, and uptime is cut to whole seconds. */
export const CLOCK_SLACK_MS = 2_500;
/** Pause between two looks of one lookup. */
export const LOOK_AGAIN_MS = 400;
/**
 * A request cut off at our end may still be under way, or lie unread at a backend that was busy: absence counts only
 * when it is seen in so many answers, the first to the last at least two seconds apart. Answers are counted, not time: a backend
 * that stood still, or a worker that was suspended between two looks, has used that time for nothing.
 */
export const SETTLE_LOOKS = 6;
/** How many looks a list or an uptime that settles nothing is worth. */
export const UNCLEAR_LOOKS = 16;

/**
 * Decides the fate of the submits of one row whose answers were lost. Tasks that fit are adopted; for the rest
 * `withdrawn` is said only when it is proved: the list reaches back to before the submit, and the backend did not forget.
 */
export function decideFate(lookup: Lookup): Fate {
  const matches = newTasks(lookup);
  if (matches.length > lookup.unknown) {
    return {
      kind: 'undecided',
      reason: `${matches.length} tasks at G-Labs fit ${lookup.unknown} lost answer${lookup.unknown === 1 ? '' : 's'}`,
    };
  }
  if (matches.length === lookup.unknown) return { kind: 'adopt', taskIds: matches, rest: 'withdrawn' };
  // Written down at once: the next list may not show them, after a restart or for a moment.
  const wait: Fate = { kind: 'wait', taskIds: matches };
  if (lookup.looks < SETTLE_LOOKS) return wait;
  if (isStranger(lookup)) {
    const reason = 'it was sent to a G-Labs that does not answer now, and another one is in its place';
    return { kind: 'undecided', reason };
  }
  const absence = judgeAbsence(lookup);
  if (absence === 'unclear' && lookup.looks < UNCLEAR_LOOKS) return wait;
  return { kind: 'adopt', taskIds: matches, rest: absence === 'proven' ? 'withdrawn' : 'lost' };
}

/** Ids of listed tasks that may be ours, each once. */
function newTasks(lookup: Lookup): readonly string[] {
  const { kind, fits, listing, claimed, owned, seen, skewMs, intentAt } = lookup;
  const known = new Set(seen?.same);
  const owners = new Map<string, readonly OwnedTask[]>();
  for (const one of owned) owners.set(one.taskId, [...(owners.get(one.taskId) ?? []), one]);
  const fitting = listing.filter((task) => {
    if (task.type !== kind || claimed.has(task.taskId) || known.has(task.taskId) || !fits(task.prompt)) return false;
    const others = owners.get(task.taskId) ?? [];
    if (others.some((other) => seen === null || isSame(task, other))) return false;
    // What the list said before needs no clock, and a clock may have been set meanwhile. Another's list was never seen.
    if (seen !== null && others.length === 0 && (lookup.isHome ?? true)) return true;
    return task.createdAt * 1000 - skewMs >= intentAt - CLOCK_SLACK_MS;
  });
  return [...new Set(fitting.map(({ taskId }) => taskId))];
}

/**
 * Whether a listed task is the one that a receipt owns: made, by the backend's clock of then, about when that was sent. Ids
 * may come again, at another backend or after a restart; when a task was made stays what it was, whatever clock is set later.
 */
function isSame({ createdAt }: ListedTask, { intentAt, submittedAt, skewMs }: OwnedTask): boolean {
  const times = [intentAt, submittedAt].flatMap((time) => (time === null ? [] : [Date.parse(time) + skewMs]));
  const made = createdAt * 1000;
  return Math.min(...times) - CLOCK_SLACK_MS <= made && made <= Math.max(...times) + CLOCK_SLACK_MS;
}

/**
 * Whether another G-Labs answers than the one that was asked to work: it has been up since before, and knows nothing of
 * what that one knew. One that started later may be the same, which forgets its tasks at a restart.
 */
function isStranger(lookup: Lookup): boolean {
  const { isHome = true, seen, listing, uptime } = lookup;
  if (isHome) return false;
  const known = [seen?.newest, ...(seen?.same ?? [])];
  if (listing.some(({ taskId }) => known.includes(taskId))) return false;
  return uptime === null || sinceBefore(lookup, uptime) !== 'refuted';
}

/** Whether a task that is not listed surely never existed. */
function judgeAbsence(lookup: Lookup): 'proven' | 'refuted' | 'unclear' {
  const { seen, listing, uptime } = lookup;
  const newest = seen?.newest ?? null;
  // The backend remembers what it knew before, and everything newer than that is listed.
  if (newest !== null && listing.some(({ taskId }) => taskId === newest)) return 'proven';
  if (uptime === null || (seen?.uptime != null && uptime < seen.uptime)) return 'refuted';
  const running = sinceBefore(lookup, uptime);
  if (running !== 'proven') return running;
  if (listing.length < LISTING_SIZE) return newest === null ? 'proven' : 'unclear';
  if (seen !== null) return 'refuted';
  const oldest = Math.min(...listing.map((task) => task.createdAt * 1000 - lookup.skewMs));
  return oldest < lookup.intentAt - CLOCK_SLACK_MS ? 'proven' : 'refuted';
}

/**
 * Whether the backend ran since before the intent. Uptime is cut to whole seconds, so the start is known to a second; an
 * intent within that second is unclear, and looking again at another fraction of a second may tell.
 */
function sinceBefore({ now, intentAt }: Lookup, uptime: number): 'proven' | 'refuted' | 'unclear' {
  const latestStart = now - uptime * 1000;
  if (latestStart - 1000 > intentAt) return 'refuted';
  return latestStart > intentAt ? 'unclear' : 'proven';
}
