/**
 * The money protocol's decisions, without I/O: what the end of a submit means, and what became of a submit whose
 * answer was lost. See docs/architecture.md, "The money protocol".
 */
import type { Kind } from './types';

/** How a submit ended, as the G-Labs client reports it. Never an exception: every end is an answer to classify. */
export type SubmitEnd =
  | { readonly kind: 'accepted'; readonly taskId: string }
  | { readonly kind: 'answered'; readonly status: number; readonly code?: number | null; readonly text: string }
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
  | { readonly kind: 'withdrawn'; readonly failure: string; readonly message: string }
  /** It may have arrived: it must be looked up before anything is sent again. */
  | { readonly kind: 'unknown'; readonly message: string };

/** Statuses that prove that the origin never took the request, and the failure class each leads to. */
const NOT_TAKEN: Readonly<Record<number, string>> = {
  400: 'Generation.Failed',
  401: 'Backend.Auth',
  403: 'Backend.Auth',
  404: 'Backend.Unexpected',
  405: 'Backend.Unexpected',
  411: 'Generation.Failed',
  413: 'Generation.Failed',
  429: 'Backend.Busy',
  521: 'Backend.Unreachable',
  523: 'Backend.Unreachable',
  530: 'Backend.Unreachable',
};

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
      const failure = NOT_TAKEN[end.status];
      const message = `HTTP ${end.status}: ${end.text}`;
      return failure ? { kind: 'withdrawn', failure, message } : { kind: 'unknown', message };
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
  readonly listing: readonly ListedTask[];
  /** Seconds since the backend started, null when it does not say. */
  readonly uptime: number | null;
  /** Backend clock minus ours, milliseconds. */
  readonly skewMs: number;
  readonly now: number;
  /** Task ids that some receipt already owns. */
  readonly claimed: ReadonlySet<string>;
}

export type Fate =
  | { readonly kind: 'adopt'; readonly taskIds: readonly string[]; readonly rest: 'withdrawn' | 'lost' }
  /** Too early to say: the request may still be on its way. Look again. */
  | { readonly kind: 'wait' }
  /** More tasks fit than we sent: somebody else uses the same words. A person decides. */
  | { readonly kind: 'undecided'; readonly reason: string };

/** Tasks listed at once by `GET /api/tasks`; a full page may have pushed ours out. */
export const LISTING_SIZE = 50;
/** Clocks are compared through a header of whole seconds, and uptime is cut to whole seconds. */
export const CLOCK_SLACK_MS = 2_500;
/** A request cut off at our end may still be under way to the backend for a moment. */
export const SETTLE_MS = 2_000;
/** How long a backend that started at about the time of the intent is asked for its uptime again. */
export const UNCLEAR_MS = 4_000;

/**
 * Decides the fate of the submits of one row whose answers were lost. Tasks that fit are adopted; for the rest
 * `withdrawn` is said only when it is proved: the backend ran since before the intent and the list did not overflow.
 */
export function decideFate(lookup: Lookup): Fate {
  const seen = new Set<string>();
  const matches = lookup.listing.filter((task) => {
    if (task.type !== lookup.kind || lookup.claimed.has(task.taskId) || seen.has(task.taskId)) return false;
    if (task.createdAt * 1000 - lookup.skewMs < lookup.intentAt - CLOCK_SLACK_MS) return false;
    if (!lookup.fits(task.prompt)) return false;
    seen.add(task.taskId);
    return true;
  });
  if (matches.length > lookup.unknown) {
    return {
      kind: 'undecided',
      reason: `${matches.length} tasks at G-Labs fit ${lookup.unknown} lost answer${lookup.unknown === 1 ? '' : 's'}`,
    };
  }
  const taskIds = matches.map((task) => task.taskId);
  if (matches.length === lookup.unknown) return { kind: 'adopt', taskIds, rest: 'withdrawn' };
  const age = lookup.now - lookup.intentAt;
  if (age < SETTLE_MS) return { kind: 'wait' };
  const absence = judgeAbsence(lookup);
  if (absence === 'unclear' && age < SETTLE_MS + UNCLEAR_MS) return { kind: 'wait' };
  return { kind: 'adopt', taskIds, rest: absence === 'proven' ? 'withdrawn' : 'lost' };
}

/**
 * Whether a task that is not listed surely never existed. Uptime is cut to whole seconds, so the start is known to a
 * second; an intent within that second is unclear, and looking again at another fraction of a second may tell.
 */
function judgeAbsence(lookup: Lookup): 'proven' | 'refuted' | 'unclear' {
  if (lookup.uptime === null) return 'refuted';
  const latestStart = lookup.now - lookup.uptime * 1000;
  if (latestStart - 1000 > lookup.intentAt) return 'refuted';
  if (latestStart > lookup.intentAt) return 'unclear';
  if (lookup.listing.length < LISTING_SIZE) return 'proven';
  const oldest = Math.min(...lookup.listing.map((task) => task.createdAt * 1000 - lookup.skewMs));
  return oldest < lookup.intentAt - CLOCK_SLACK_MS ? 'proven' : 'refuted';
}
