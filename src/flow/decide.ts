/** What happens to one candidate, and why, from what exists of it. Money is spent only where this says `generate`. */
import type { CandidateState } from './candidates';
import { matchesFingerprint, slottedSources } from './fingerprint';
import { productOf } from './labels';
import { GIVEN_UP, NEEDS_PERSON } from './outcome';
import type { Action, Evidence } from './plan-types';
import type { Generation, Receipt } from './receipt';
import { SAFE_STATES } from './receipt';
import { promptPrefix } from './request';
import type { Generator, GeneratorRow } from './types';

export interface Decision {
  readonly action: Action;
  readonly reason: string;
  readonly url: string | null;
}

/** A candidate that G-Labs lost is made again this often without asking. */
export const MAX_REGENERATIONS_OF_LOST = 2;

export interface DecideContext {
  readonly generator: Generator;
  readonly row: GeneratorRow;
  readonly receipt: Receipt | undefined;
  readonly evidence: Evidence;
}

/** The action for one candidate, upstream and selection aside. Repair comes before payment. */
export function decide(state: CandidateState, context: DecideContext): Decision {
  const { entry, current, usable } = state;
  if (entry && current && state.origin !== 'file') {
    const open = decideOpen(entry);
    if (open) return open;
    if (SAFE_STATES.has(entry.state)) return decideSafe(state, entry, context);
  }
  if (usable) return { action: 'reuse', reason: 'already in the file', url: usable.url };
  if (entry && current) return decideEnded(entry, context);
  if (entry) return pay(editedReason(entry, context));
  return pay(`no ${productOf(context.generator.kind)} yet`);
}

function pay(reason: string): Decision {
  return { action: 'generate', reason, url: null };
}

function decideOpen(entry: Generation): Decision | null {
  const resume = (reason: string): Decision => ({ action: 'resume', reason, url: null });
  if (entry.state === 'submitted') return resume(`a task is out at G-Labs (id ${entry.taskId ?? 'unknown'})`);
  if (entry.state === 'unknown') return resume('its submit got no answer; G-Labs is asked first what became of it');
  if (entry.state === 'intent') return resume('it was about to be sent; G-Labs is asked first whether it arrived');
  return null;
}

/** The bytes were with us once: use them, upload them again, or fetch them again, and pay only when all that fails. */
function decideSafe({ usable, inFile }: CandidateState, entry: Generation, { generator }: DecideContext): Decision {
  const dead = entry.url !== null && usable?.url !== entry.url;
  if (usable?.url != null) {
    return inFile
      ? { action: 'reuse', reason: 'already made', url: usable.url }
      : { action: 'finish', reason: 'made; the file does not list it yet', url: usable.url };
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
    case 'lost': {
      const times = timesLost(entry, context);
      if (times > MAX_REGENERATIONS_OF_LOST) {
        return {
          action: 'blocked',
          reason: `G-Labs lost it ${times} times, money is possibly gone each time; ${NEEDS_PERSON}`,
          url: null,
        };
      }
      return pay('G-Labs lost its task, the money for it is possibly gone');
    }
    case 'failed':
      return pay(`it failed before: ${entry.error?.message ?? 'G-Labs gave no reason'}`);
    case 'withdrawn':
      return pay('its request never reached G-Labs, nothing was paid');
    case 'skipped':
      return { action: 'blocked', reason: GIVEN_UP, url: null };
    default:
      return pay(`no ${productOf(context.generator.kind)} yet`);
  }
}

/** Entries with today's inputs only, superseded ones included: asking again supersedes the lost one. */
function timesLost(entry: Generation, { generator, row, receipt, evidence }: DecideContext): number {
  return (receipt?.generations ?? []).filter(
    (other) =>
      other.state === 'lost' &&
      other.row === entry.row &&
      other.candidate === entry.candidate &&
      matchesFingerprint(generator, row, evidence.hashes, other),
  ).length;
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
