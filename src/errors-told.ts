/** errors.json in words, for a diagnosis: our entries, whether they still hold, and what another runner's list says. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { readErrors } from './files/errors-text';
import type { ProjectLayout } from './files/layout';
import type { Plan } from './flow/plan-types';

const entrySchema = z.looseObject({
  title: z.string().default(''),
  words: z.string().default(''),
  message: z.string().default(''),
});

/** One line per entry about this file; none when there is no errors.json. The plan tells what has been made since. */
export async function errorsTold(
  { errorsFile, workflowId }: Pick<ProjectLayout, 'errorsFile' | 'workflowId'>,
  plan: Plan | null,
): Promise<readonly string[]> {
  const text = await readFile(errorsFile, 'utf8').catch(() => null);
  if (text === null) return [];
  const entries = readErrors(text);
  if (!entries) return strangeList(text);
  const made = new Set((plan?.nodes ?? []).filter(isMade).map(({ key }) => key));
  return entries
    .filter(({ workflow }) => workflow === workflowId)
    .map(({ raw, key }) => {
      const { title, words, message } = entrySchema.parse(JSON.parse(raw));
      const since = key !== null && made.has(key) ? ' (out of date: it is made since; the next run takes it out)' : '';
      return `${title}: ${words || message}${since}`;
    });
}

function isMade({ skip, rows }: Plan['nodes'][number]): boolean {
  const all = rows.flatMap(({ candidates }) => candidates);
  return skip === null && all.length > 0 && all.every(({ action }) => action === 'reuse' || action === 'finish');
}

const MOST_LINES = 20;
/** Names under which runners are known, or likely, to write the same things. */
const NODE = ['nodeId', 'node_id', 'node', 'id'] as const;
const TYPE = ['errorType', 'error_type', 'type'] as const;
const MESSAGE = ['message', 'errorMessage', 'error_message', 'error'] as const;

/** Another runner's list is never edited: what can be read of it is told, with what becomes of it. */
function strangeList(text: string): readonly string[] {
  const aside = 'the next run sets it aside and begins a new one';
  const list = listIn(parse(text));
  if (!list) return [`It can not be read; ${aside}.`];
  const lines = list.slice(0, MOST_LINES).map((entry) => {
    const node = first(entry, NODE);
    const said = [first(entry, TYPE), first(entry, MESSAGE)].filter((word) => word !== '').join(': ');
    return `${node === '' ? 'some node' : `node ${node}`}: ${said || 'no reason given'}`;
  });
  const rest = list.length > lines.length ? [`… and ${list.length - lines.length} more`] : [];
  return [...lines, ...rest, `It was written by another runner, perhaps long ago; ${aside}.`];
}

function listIn(value: unknown): readonly Record<string, unknown>[] | null {
  const lists = Array.isArray(value) ? [value] : Object.values(recordOf(value));
  const found = lists.find((one) => Array.isArray(one) && one.some((entry) => Object.keys(recordOf(entry)).length > 0));
  return Array.isArray(found) ? found.map(recordOf) : null;
}

function recordOf(value: unknown): Record<string, unknown> {
  const parsed = z.record(z.string(), z.unknown()).safeParse(value);
  return parsed.success ? parsed.data : {};
}

function first(entry: Record<string, unknown>, names: readonly string[]): string {
  const value = names.map((name) => entry[name]).find((one) => typeof one === 'string' || typeof one === 'number');
  return value === undefined ? '' : String(value).replace(/\s+/g, ' ').slice(0, 200);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}
