/** Bytes -> text -> document. Everything that can be wrong with the file itself ends here, as `File.Damaged` (exit code 8). */
import { parse as parseLoosely, printParseErrorCode } from 'jsonc-parser';
import type { ParseError } from 'jsonc-parser';
import type { z } from 'zod';
import { FlowError } from './errors';
import { documentOf } from './document';
import { MAX_DEPTH, scanJson } from './scan';
import { fileSchema } from './schema';
import type { FlowDocument } from './types';

const MAX_BYTES = 64 * 1024 * 1024;
const BOM = '\ufeff';

/**
 * The text of a file, a byte order mark kept in it. Throws `File.Damaged` for more than 64 MB, bytes that are not UTF-8, a NUL.
 * `file` is the name used in messages.
 */
export function decodeFlow(bytes: Uint8Array, file: string): string {
  if (bytes.length > MAX_BYTES) {
    const size = Math.ceil(bytes.length / 1024 / 1024);
    const advice = 'a storyboard holds links to pictures, not the pictures themselves';
    throw damaged(file, `it has ${size} MB, the most that is read is 64 MB; ${advice}`);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    const hint = utf16 ? '; it was saved as UTF-16: save it again as UTF-8' : '';
    throw damaged(file, `it is not UTF-8 text (byte ${badByte(bytes)})${hint}`, cause);
  }
  const nul = bytes.indexOf(0);
  if (nul >= 0)
    throw damaged(file, `it has a NUL at byte ${nul}, as files have that were cut off by a crash or a full disk`);
  return text;
}

/** Parses the text of a file. Throws `File.Damaged` with line and column for bad JSON, with the path inside for a wrong shape. */
export function parseFlow(text: string, file: string): FlowDocument {
  const body = text.startsWith(BOM) ? text.slice(1) : text;
  if (body.trim() === '') throw damaged(file, 'it is empty');
  const fault = scanJson(body);
  if (fault?.kind === 'depth') {
    throw damaged(file, `it is nested deeper than ${MAX_DEPTH} levels at ${position(body, fault.offset)}`);
  }
  const value = parseJson(body, file);
  if (fault) {
    const where = position(body, fault.offset);
    throw damaged(
      file,
      `the key ${JSON.stringify(fault.key)} is given twice in one object, at ${where}; keep one of the two`,
    );
  }
  const result = fileSchema.safeParse(value);
  if (!result.success) throw damaged(file, issueText(value, result.error), result.error);
  return documentOf(result.data);
}

function parseJson(body: string, file: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw damaged(file, `it is not valid JSON: ${syntaxText(body)}`, cause);
  }
}

/** JSON.parse words its errors differently in every Node version and often gives no position, so the place is found anew. */
export function syntaxText(body: string): string {
  const errors: ParseError[] = [];
  parseLoosely(body, errors, { disallowComments: true, allowTrailingComma: false });
  const first = errors[0];
  if (!first) return 'unexpected text';
  const words = printParseErrorCode(first.error)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  if (first.offset >= body.trimEnd().length) {
    return `it ends too early, at ${position(body, body.trimEnd().length)} (${words})`;
  }
  const found = JSON.stringify(body.slice(first.offset, first.offset + Math.max(1, Math.min(first.length, 20))));
  return `${words} at ${position(body, first.offset)}, got ${found}`;
}

/** `line 3, column 7`, both counted from 1. */
function position(body: string, offset: number): string {
  const before = body.slice(0, offset);
  const lines = before.split('\n');
  return `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`;
}

/** The first thing zod disliked, with its path as people write it and what stands there. */
export function issueText(value: unknown, error: z.ZodError): string {
  const issue = firstIssue(error.issues);
  const path = pathText(issue.path);
  const more = error.issues.length > 1 ? ` (and ${error.issues.length - 1} more)` : '';
  const got = shortly(at(value, issue.path));
  return `${path === '' ? 'the file' : path}: ${issue.message.replace(/^Invalid input: /, '').replace(/, received .*$/, '')}, got ${got}${more}`;
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function firstIssue(issues: readonly z.core.$ZodIssue[]): Issue {
  const issue = issues[0];
  if (!issue) return { path: [], message: 'expected another shape' };
  if (issue.code !== 'invalid_union') return issue;
  // A link matched neither form; the list form is the usual one, so its complaint is the one to show.
  const inner = issue.errors[0]?.[0];
  return inner ? { path: [...issue.path, ...inner.path], message: inner.message } : issue;
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let here: unknown = value;
  for (const part of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, part)) return undefined;
    here = (here as Readonly<Record<PropertyKey, unknown>>)[part];
  }
  return here;
}

function shortly(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** Byte offset of the first byte that is not UTF-8: the shortest prefix that a streaming decoder refuses. */
function badByte(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  while (good < bad) {
    const middle = Math.floor((good + bad) / 2);
    if (decodes(bytes.subarray(0, middle + 1))) good = middle + 1;
    else bad = middle;
  }
  return good;
}

function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function damaged(file: string, what: string, cause?: unknown): FlowError {
  const next = [
    'Take its newest copy from the folder backups beside it: a run makes one before it begins',
    'or export the storyboard from PatchWork again',
  ];
  return new FlowError('File.Damaged', `${file} is damaged: ${what}. Nothing was spent.`, 8, next, { cause });
}
