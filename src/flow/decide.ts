/** What happens to one candidate, and why, from what exists of it. Money is spent only where this says `generate`. */
import type { CandidateState } from './candidates';
import { matchesFingerprint, slottedSources } from './fingerprint';
import { productOf } from './labels';
import { DONE_WITHOUT, GIVEN_UP, NEEDS_PERSON } from './outcome';
import type { Action, Evidence, OnLost } from './plan-types';
import type { Generation, Receipt } from './receipt';
import { SAFE_STATES } from './receipt';
import { promptPrefix } from './request';
import type { Generator, GeneratorRow } from './types';

export interface Decision {
  readonly action: Action;
  readonly reason: string;
  readonly url: string | null;
}

/** A candidate that G-Labs lost is made again this often without asking. A person's decision starts the count anew. */
export const MAX_REGENERATIONS_OF_LOST = 2;

const MADE_BEFORE = 'made before with these very inputs';

export interface DecideContext {
  readonly generator: Generator;
  readonly row: GeneratorRow;
  readonly receipt: Receipt | undefined;
  readonly evidence: Evidence;
  readonly onLost: OnLost;
}

/** The action for one candidate, upstream and selection aside. Repair comes before payment. */
export function decide(state: CandidateState, context: DecideContext): Decision {
  const { entry, current, usable } = state;
  if (entry && current && state.origin !== 'file') {
    const held = decideOpen(entry) ?? (SAFE_STATES.has(entry.state) ? decideSafe(state, entry, context) : null);
    if (held) return state.revived && held.action !== 'generate' ? madeBefore(held) : held;
  }
  if (usable && !state.inFile)
    return { action: 'finish', reason: 'only another list of the node has it; nothing is made again', url: usable.url };
  if (usable) return { action: 'reuse', reason: 'already in the file', url: usable.url };
  if (entry && current) return decideEnded(entry, context);
  if (entry) return pay(editedReason(entry, context));
  return pay(`no ${productOf(context.generator.kind)} yet`);
}

function pay(reason: string): Decision {
  return { action: 'generate', reason, url: null };
}

function blocked(reason: string): Decision {
  return { action: 'blocked', reason, url: null };
}

/** Says why something old counts again; `already made` says nothing more. */
function madeBefore(held: Decision): Decision {
  return { ...held, reason: held.reason === ALREADY_MADE ? MADE_BEFORE : `${MADE_BEFORE}: ${held.reason}` };
}

function decideOpen(entry: Generation): Decision | null {
  const resume = (reason: string): Decision => ({ action: 'resume', reason, url: null });
  if (entry.state === 'submitted') return resume(`a task is out at G-Labs (id ${entry.taskId ?? 'unknown'})`);
  if (isUndecided(entry)) {
    return resume('more tasks at G-Labs fit it than were sent; G-Labs is asked again, and nothing is sent meanwhile');
  }
  if (entry.state === 'unknown') return resume('its submit got no answer; G-Labs is asked first what became of it');
  if (entry.state === 'intent') return resume('it was about to be sent; G-Labs is asked first whether it arrived');
  return null;
}

const ALREADY_MADE = 'already made';

/** The bytes were with us once: use them, upload them again, or fetch them again, and pay only when all that fails. */
function decideSafe(state: CandidateState, entry: Generation, { generator, evidence }: DecideContext): Decision {
  const { usable, inFile } = state;
  const dead = entry.url !== null && usable?.url !== entry.url;
  if (usable?.url != null) {
    const finish = (reason: string): Decision => ({ action: 'finish', reason, url: usable.url });
    // A store that is away can't give anything back: its link is trusted as it is, and the next run looks again.
    if (entry.file !== null && usable.file === null && evidence.unsureUrls?.has(usable.url) !== true)
      return finish('its local file is gone; it is fetched back from the object store');
    return inFile
      ? { action: 'reuse', reason: ALREADY_MADE, url: usable.url }
      : finish('made; the file does not list it yet');
  }
  if (usable) {
    const reason = dead ? 'its link answers 404; the local copy will be uploaded again' : 'made, upload missing';
    return { action: 'finish', reason, url: null };
  }
  if (entry.taskId !== null || entry.resultUrl !== null) {
    const reason = `${dead ? 'its link answers 404 and' : 'made, but'} its local file is gone; it is fetched from G-Labs again`;
    return { action: 'resume', reason, url: null };
  }
  return pay(
    dead ? 'its link answers 404 and no copy is left' : `its ${productOf(generator.kind)} is gone and no copy is left`,
  );
}

function decideEnded(entry: Generation, context: DecideContext): Decision {
  switch (entry.state) {
    case 'lost':
      return decideLost(entry, context);
    case 'failed':
      return pay(`it failed before: ${entry.error?.message ?? 'G-Labs gave no reason'}`);
    case 'withdrawn':
      return pay('its request never reached G-Labs, nothing was paid');
    case 'skipped':
      return blocked(GIVEN_UP);
    default:
      return pay(`no ${productOf(context.generator.kind)} yet`);
  }
}

function decideLost(entry: Generation, context: DecideContext): Decision {
  const lost = 'G-Labs lost its task, the money for it is possibly gone';
  if (entry.decision === 'regenerate') return pay('G-Labs lost its task; a person decided to make it again');
  if (context.onLost === 'skip') return blocked(DONE_WITHOUT);
  const times = timesLost(entry, context);
  if (times > MAX_REGENERATIONS_OF_LOST)
    return blocked(`G-Labs lost it ${times} times, money is possibly gone each time; ${NEEDS_PERSON}`);
  return context.onLost === 'ask' ? blocked(`${lost}; ${NEEDS_PERSON}`) : pay(lost);
}

/** Entries with today's inputs only, replaced ones included: an edit that is undone forgives nothing. */
function timesLost(entry: Generation, { generator, row, receipt, evidence }: DecideContext): number {
  return lossesSinceDecision(
    (receipt?.generations ?? []).filter(
      (other) =>
        other.row === entry.row &&
        other.candidate === entry.candidate &&
        matchesFingerprint(generator, row, evidence.hashes, other),
    ),
  );
}

/**
 * How often a candidate was lost, given its entries of the same inputs. A decision to make it again starts the count anew:
 * what was lost until then, the decided one included, is not counted any more.
 */
export function lossesSinceDecision(same: readonly Generation[]): number {
  const decided = same.findLastIndex(({ decision }) => decision === 'regenerate');
  return same.slice(decided + 1).filter(({ state }) => state === 'lost').length;
}

/** More tasks fit its lost answer than were sent: asking again may tell, else a person must. */
export function isUndecided({ state, error }: Generation): boolean {
  return state === 'unknown' && error?.type === 'Generation.Undecided';
}

/** Names the input that changed, as far as the receipt can tell. */
function editedReason(entry: Generation, { generator, row, evidence }: DecideContext): string {
  if (entry.promptPrefix !== '' && entry.promptPrefix !== promptPrefix(row.prompt))
    return 'the prompt was edited since';
  const today = new Set(
    slottedSources(generator, row).map(({ source }) => (source.kind === 'url' ? source.url : null)),
  );
  const gone = entry.references.some(({ url }) => !today.has(url));
  const added = entry.references.length > 0 && [...today].some((url) => url !== null && !referenced(entry, url));
  if (gone || added) return 'a reference was changed since';
  const changed = entry.references.some(({ url, sha256 }) => (evidence.hashes.get(url) ?? sha256) !== sha256);
  return changed ? "a reference's content was changed since" : 'the prompt or its settings were edited since';
}

function referenced(entry: Generation, url: string): boolean {
  return entry.references.some((reference) => reference.url === url);
}
