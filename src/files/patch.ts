/**
 * Text-level edits of a JSON file: only the named values change, every other byte stays (numbers keep their spelling,
 * D33), and what is new is written in the file's own style.
 */
import { FlowError } from '../flow/errors';
import type { Container, Located, Member, Path } from './json-locate';
import { locate } from './json-locate';
import type { Style } from './json-style';
import { closingIndent, indentOf, renderNew, renderReplacement, styleAt } from './json-style';

export interface Edit {
  /** Keys and indexes from the root; only the last step may be missing in the file (it is added at the end). */
  readonly path: Path;
  readonly value: unknown;
}

/** Takes an entry out of a list. */
export interface Removal {
  readonly path: Path;
  readonly remove: true;
}

export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Applies all edits at once; places in lists are those of the text as it is. Throws FlowError `File.Changed` when the text
 * is no JSON or a path's parent is not there, and a plain Error when one edit's path lies inside another's.
 */
export function applyEdits(text: string, edits: readonly (Edit | Removal)[]): string {
  assertJson(text);
  return splice(text, planEdits(text, edits));
}

/** Throws FlowError `File.Changed` (exit 8) when the text is not JSON; a BOM in front is accepted (D32). */
export function assertJson(text: string): void {
  try {
    JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FlowError('File.Changed', `The file is not valid JSON now: ${why}`, 8, [], { cause: error });
  }
}

/** What each edit would replace, null where the value is there already. The text must be valid JSON. */
export function planEdits(text: string, edits: readonly (Edit | Removal)[]): (Replacement | null)[] {
  const paths = edits.map((edit) => edit.path);
  if (paths.some((path, i) => path.length === 0 || paths.some((other, k) => i !== k && overlaps(path, other)))) {
    throw new Error(`Edits must not lie inside each other: ${JSON.stringify(paths)}`);
  }
  const additions = new Map<number, Addition>();
  const removed = new Map<Container, Set<Member>>();
  const planned = locate(text, paths).map((located, index) => {
    const edit = edits[index];
    if (!edit || !located) throw missing(paths[index] ?? []);
    if ('remove' in edit) return noteRemoval(located, edit, removed);
    if (located.member) return replace(text, located, edit);
    return collect(located, edit, index, additions);
  });
  for (const addition of additions.values()) planned[addition.index] = insert(text, addition);
  return [...planned, ...[...removed].flatMap(([list, members]) => removals(list, members))];
}

/** True when two edits would touch each other: equal paths, or one inside the other. */
export function overlaps(a: Path, b: Path): boolean {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return false;
  return true;
}

export function splice(text: string, replacements: readonly (Replacement | null)[]): string {
  const ordered = replacements.filter((one) => one !== null).sort((a, b) => a.start - b.start);
  const pieces: string[] = [];
  let at = 0;
  for (const one of ordered) {
    pieces.push(text.slice(at, one.start), one.text);
    at = one.end;
  }
  pieces.push(text.slice(at));
  return pieces.join('');
}

function replace(text: string, located: Located, edit: Edit): Replacement | null {
  const member = located.member;
  if (!member) return null;
  const old = text.slice(member.start, member.end);
  // The same value stays in its own spelling (1.0, escapes).
  if (old === JSON.stringify(edit.value) || JSON.stringify(JSON.parse(old)) === JSON.stringify(edit.value)) return null;
  const style = styleAt(text, located);
  const rendered = renderReplacement(text, member, edit.value, style, lineIndent(text, located.parents, member.start));
  return { start: member.start, end: member.end, text: rendered };
}

/** Notes what goes, from a list that nothing is added to; answers a replacement that changes nothing, which stands for "changed". */
function noteRemoval(located: Located, { path }: Removal, removed: Map<Container, Set<Member>>): Replacement {
  const list = located.parents.at(-1);
  if (!list || list.kind !== 'array' || !located.member) throw missing(path);
  removed.set(list, (removed.get(list) ?? new Set()).add(located.member));
  return { start: list.start, end: list.start, text: '' };
}

/** An entry goes with the comma that ties it to what stays: the one before it, or behind it at the head of the list. */
function removals({ start, end, members }: Container, gone: ReadonlySet<Member>): Replacement[] {
  if (gone.size === members.length) return [{ start: start + 1, end: end - 1, text: '' }];
  const firstKept = members.findIndex((member) => !gone.has(member));
  return members.flatMap((member, i): Replacement[] => {
    if (!gone.has(member)) return [];
    const [before, after] = [members[i - 1], members[i + 1]];
    if (i > firstKept && before) return [{ start: before.end, end: member.end, text: '' }];
    return after ? [{ start: member.head, end: after.head, text: '' }] : [];
  });
}

/** New members of one container: written together, by the first of their edits. */
interface Addition {
  readonly index: number;
  readonly located: Located;
  readonly edits: Edit[];
}

/** Notes a new member; answers a replacement that changes nothing, which stands for "changed" until the end. */
function collect(located: Located, edit: Edit, index: number, additions: Map<number, Addition>): Replacement {
  const parent = located.parents.at(-1);
  const step = edit.path.at(-1);
  if (!parent || step === undefined) throw missing(edit.path);
  const addition = additions.get(parent.start) ?? { index, located, edits: [] };
  // An array grows only at its end, one place after the other.
  if (typeof step === 'number' && step !== parent.members.length + addition.edits.length) throw missing(edit.path);
  addition.edits.push(edit);
  additions.set(parent.start, addition);
  return { start: parent.end - 1, end: parent.end - 1, text: '' };
}

function insert(text: string, { located, edits }: Addition): Replacement {
  const parent = located.parents.at(-1);
  const path = edits[0]?.path ?? [];
  if (!parent) throw missing(path);
  const style = styleAt(text, located);
  const indent = newMemberIndent(text, located, style);
  // Items of a list look alike.
  const sibling = parent.kind === 'array' ? parent.members.at(-1) : undefined;
  const bodies = edits.map((edit) => {
    const head = parent.kind === 'array' ? '' : JSON.stringify(edit.path.at(-1)) + style.colon;
    return (
      head +
      (sibling ? renderReplacement(text, sibling, edit.value, style, indent) : renderNew(edit.value, style, indent))
    );
  });
  const between = style.unit === null ? inlineSeparator(text, parent, style) : `,${style.eol}${indent}`;
  const last = parent.members.at(-1);
  if (last) return { start: last.end, end: last.end, text: bodies.map((body) => between + body).join('') };
  const inside = { start: parent.start + 1, end: parent.end - 1 };
  if (style.unit === null) return { ...inside, text: bodies.join(between) };
  const outer = closingIndent(text, parent) ?? lineIndent(text, located.parents.slice(0, -1), parent.start);
  return { ...inside, text: `${style.eol}${indent}${bodies.join(between)}${style.eol}${outer}` };
}

function inlineSeparator(text: string, parent: Container, style: Style): string {
  const [only, second] = parent.members;
  const lead = only && !second ? text.slice(only.gap, only.head) : '';
  return lead ? `,${lead}` : style.comma;
}

function newMemberIndent(text: string, located: Located, style: Style): string {
  const parent = located.parents.at(-1);
  if (!parent || style.unit === null) return '';
  const last = parent.members.at(-1);
  const own = last ? indentOf(text, last) : null;
  if (own !== null) return own;
  const outer = closingIndent(text, parent) ?? lineIndent(text, located.parents.slice(0, -1), parent.start);
  return outer + style.unit;
}

/** Indentation of the line on which the value at `start`, a member of the last container, stands. */
function lineIndent(text: string, containers: readonly Container[], start: number): string {
  let at = start;
  for (const container of containers.toReversed()) {
    const member = container.members.find((one) => one.start === at);
    const indent = member ? indentOf(text, member) : null;
    if (indent !== null) return indent;
    at = container.start;
  }
  return '';
}

function missing(path: Path): FlowError {
  const where = path.map(String).join(' > ');
  return new FlowError('File.Changed', `The place to write is not in the file any more: ${where}.`, 7);
}
