/** Writes JSON values the way the file around them is written: its indent, line ends, spaces after commas and colons. */
import type { Container, Located, Member, Range } from './json-locate';
import { isContainer, readContainer } from './json-locate';

export interface Style {
  /** One step of indentation; null where values stand on one line. */
  readonly unit: string | null;
  readonly eol: string;
  /** Between items that share a line: `,` or `, `. */
  readonly comma: string;
  /** Between key and value: `: `, `:` or what the file has. */
  readonly colon: string;
}

/** How one old value was laid out, so that its successor looks the same. */
interface Layout {
  readonly multi: boolean;
  readonly comma: string | null;
  /** Between the bracket and the first item, when they share a line: `[ 1 ]`. */
  readonly padding: string;
  readonly child: Layout | null;
}

const NEW_LINE = /\r\n|\n|\r/;

/** The style at a place of the file, taken from the members nearest to it. */
export function styleAt(text: string, located: Located): Style {
  const parent = located.parents.at(-1);
  const sample = located.member ?? parent?.members.at(-1) ?? nearestMember(located.parents);
  const root = located.parents[0];
  const multi = parent && isMultiLine(text, parent, located.parents);
  const lead = sample ? text.slice(sample.gap, sample.head) : '';
  const colon = colonOf(text, sample) ?? colonOf(text, root?.members[0]) ?? ':';
  return {
    unit: multi ? unitOf(text, located.parents) : null,
    eol: NEW_LINE.exec(lead)?.[0] ?? NEW_LINE.exec(text)?.[0] ?? '\n',
    comma: commaOf(text, located.parents) ?? (/\s$/.test(colon) ? ', ' : ','),
    colon,
  };
}

/** The text of a new value in place of an old one; `indent` is the indentation of the line that the value begins on. */
export function renderReplacement(text: string, old: Range, value: unknown, style: Style, indent: string): string {
  // A multi-line value closes where its line is indented, wherever on that line it began.
  const closing = isContainer(text, old.start) ? closingIndent(text, readContainer(text, old.start)) : null;
  return render(value, layoutOf(text, old), style, closing ?? indent);
}

/** The text of a value where there was none. */
export function renderNew(value: unknown, style: Style, indent: string): string {
  return render(value, null, style, indent);
}

/** The indentation of a line that a member starts on, null when it does not start its line. */
export function indentOf(text: string, member: Member): string | null {
  return afterNewLine(text.slice(member.gap, member.head));
}

/** The indentation of the closing bracket, null when it does not start its line. */
export function closingIndent(text: string, container: Container): string | null {
  const last = container.members.at(-1);
  return afterNewLine(text.slice(last ? last.end : container.start + 1, container.end - 1));
}

function afterNewLine(space: string): string | null {
  const at = Math.max(space.lastIndexOf('\n'), space.lastIndexOf('\r'));
  return at < 0 ? null : space.slice(at + 1);
}

function isMultiLine(text: string, parent: Container, parents: readonly Container[]): boolean {
  const first = parent.members[0];
  if (first) return indentOf(text, first) !== null;
  // An empty container says nothing; the one around it does.
  const above = parents.slice(0, -1).findLast((container) => container.members[0]);
  return above?.members[0] ? indentOf(text, above.members[0]) !== null : closingIndent(text, parent) !== null;
}

function nearestMember(parents: readonly Container[]): Member | undefined {
  return parents.findLast((container) => container.members.length > 0)?.members.at(-1);
}

/** One step of indentation: how far members stand in from their closing bracket, asked of the innermost first. */
function unitOf(text: string, parents: readonly Container[]): string {
  for (const container of parents.toReversed()) {
    const first = container.members[0];
    const inner = first ? indentOf(text, first) : null;
    const outer = closingIndent(text, container);
    if (inner !== null && outer !== null && inner.startsWith(outer)) return inner.slice(outer.length);
  }
  return '  ';
}

function colonOf(text: string, member: Member | undefined | null): string | null {
  if (!member || member.key === null) return null;
  const space = text.slice(member.head, member.start);
  return space.slice(space.lastIndexOf('"') + 1);
}

function commaOf(text: string, containers: readonly Container[]): string | null {
  for (const container of containers.toReversed()) {
    const second = container.members[1];
    if (second && indentOf(text, second) === null) return `,${text.slice(second.gap, second.head)}`;
  }
  return null;
}

function layoutOf(text: string, old: Range): Layout | null {
  if (!isContainer(text, old.start)) return null;
  const container = readContainer(text, old.start);
  const first = container.members[0];
  if (!first) return null;
  const multi = indentOf(text, first) !== null;
  return {
    multi,
    comma: commaOf(text, [container]),
    padding: multi ? '' : text.slice(first.gap, first.head),
    child: layoutOf(text, first),
  };
}

function render(value: unknown, old: Layout | null, style: Style, indent: string): string {
  if (typeof value !== 'object' || value === null) return scalar(value);
  const isList = Array.isArray(value);
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  const multi = old ? old.multi : style.unit !== null;
  const inner = multi ? indent + (style.unit ?? '  ') : indent;
  const items = isList
    ? value.map((item: unknown) => render(item, old?.child ?? inlineLike(old), style, inner))
    : Object.entries(value).map(
        ([key, item]) => JSON.stringify(key) + style.colon + render(item, inlineLike(old), style, inner),
      );
  if (items.length === 0) return open + close;
  if (!multi) return open + (old?.padding ?? '') + items.join(old?.comma ?? style.comma) + (old?.padding ?? '') + close;
  const lines = items.map((item) => style.eol + inner + item).join(',');
  return open + lines + style.eol + indent + close;
}

/** What stands inside a value that keeps to one line keeps to it too. */
function inlineLike(old: Layout | null): Layout | null {
  return old && !old.multi ? { ...old, child: null } : null;
}

function scalar(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError(`a ${typeof value} can't be written into a JSON file`);
  return text;
}
