/** The text of errors.json: our entries come and go, every byte of the others stays. */
import { z } from 'zod';
import { locate, readContainer } from './json-locate';

const keySchema = z.looseObject({
  workflow: z.string(),
  tab: z.number().optional(),
  /** `0:17` in files of older versions. */
  node: z.union([z.number(), z.string()]).optional(),
  first: z.string().optional(),
});
const fileSchema = z.looseObject({ entries: z.array(z.unknown()) });

export interface KnownEntry {
  /** Null for entries that are not of our shape: they are nobody's to change. */
  readonly workflow: string | null;
  /** `tab:id`. */
  readonly key: string | null;
  readonly first: string | null;
  /** As it stands in the file. */
  readonly raw: string;
}

export const EMPTY_ERRORS = '{\n  "version": 1,\n  "entries": []\n}\n';

/** The entries of a file; null when it is not JSON or not of our shape. */
export function readErrors(text: string): readonly KnownEntry[] | null {
  const parsed = fileSchema.safeParse(parse(text));
  const start = parsed.success ? entriesOf(text)?.start : undefined;
  if (!parsed.success || start === undefined) return null;
  return readContainer(text, start).members.map((member, i) => {
    const raw = text.slice(member.start, member.end);
    const entry = keySchema.safeParse(parsed.data.entries[i]);
    if (!entry.success) return { workflow: null, key: null, first: null, raw };
    const { workflow, tab, node, first } = entry.data;
    const key = typeof node === 'string' ? node : tab === undefined || node === undefined ? null : `${tab}:${node}`;
    return { workflow, key, first: first ?? null, raw };
  });
}

/** The text with these entries instead of what it had; all else as it was. The text must be one that readErrors takes. */
export function withEntries(text: string, kept: readonly KnownEntry[], added: readonly object[]): string {
  const range = entriesOf(text);
  if (!range) throw new Error('a text without entries');
  const all = [
    ...kept.map(({ raw }) => raw),
    ...added.map((entry) => JSON.stringify(entry, null, 2).replaceAll('\n', '\n    ')),
  ];
  const list = all.length === 0 ? '[]' : `[\n    ${all.join(',\n    ')}\n  ]`;
  return text.slice(0, range.start) + list + text.slice(range.end);
}

function entriesOf(text: string): { readonly start: number; readonly end: number } | null {
  return locate(text, [['entries']])[0]?.member ?? null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}
