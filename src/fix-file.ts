/** Mending a file's text: everything that has one right answer, round by round, until nothing of it is left. */
import type { Fix } from './flow/fix';
import { fixesOf } from './flow/fix';
import type { Change } from './flow/fix-edits';
import { parseFlow } from './flow/parse';
import type { Finding } from './flow/types';
import { fileFacts } from './flow-cache';
import { applyEdits, overlaps } from './files/patch';

/** One value of the file, before and after. */
export interface FixedValue {
  /** `tabs[0].graphData.nodes[4].properties.model`, as the file was when it was changed. */
  readonly path: string;
  /** `undefined` when there was, or is, nothing. */
  readonly before: unknown;
  readonly after: unknown;
}

export interface AppliedFix {
  readonly finding: Finding;
  readonly values: readonly FixedValue[];
}

export interface FixedText {
  /** The very text that was given when there was nothing to mend. */
  readonly text: string;
  readonly fixes: readonly AppliedFix[];
}

/** What one fix brings to light the next round mends; more rounds than kinds of faults mean a mistake of ours. */
const MOST_ROUNDS = 20;

/**
 * `file`: its path, for messages and the name inside. Every byte that no fix names stays. Throws FlowError `File.Damaged` for
 * a text that is no storyboard.
 */
export function fixText(text: string, file: string): FixedText {
  const applied: AppliedFix[] = [];
  let now = text;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const fixes = together(fixesOf(parseFlow(now, file), fileFacts(file)));
    if (fixes.length === 0) return { text: now, fixes: applied };
    const value: unknown = JSON.parse(now.replace(/^\ufeff/, ''));
    applied.push(
      ...fixes.map(({ finding, changes }) => ({ finding, values: changes.map((one) => valueOf(value, one)) })),
    );
    now = applyEdits(
      now,
      fixes.flatMap(({ changes }) => changes),
    );
  }
  throw new Error(`${file} still has something to mend after ${MOST_ROUNDS} rounds`);
}

/** Those that do not touch the same places; the others have their turn in the next round. */
function together(fixes: readonly Fix[]): readonly Fix[] {
  const taken: Change[] = [];
  return fixes.filter(({ changes }) => {
    if (changes.some(({ path }) => taken.some((other) => overlaps(path, other.path)))) return false;
    taken.push(...changes);
    return true;
  });
}

function valueOf(document: unknown, change: Change): FixedValue {
  const before = change.path.reduce<unknown>(
    (at, step) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, step)
        ? (at as Readonly<Record<string | number, unknown>>)[step]
        : undefined,
    document,
  );
  return { path: pathText(change.path), before, after: 'remove' in change ? undefined : change.value };
}

function pathText(path: Change['path']): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${step}`)).join('');
}
