/** Files of one JSON object per line, which grow at their end. A line that a crash tore is passed over, and stays. */
import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { errnoOf } from './disk-errors';

/** Empty when there is none. */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return '';
    throw error;
  }
}

/** The lines that are of this shape, in their order; `unreadable` counts the others. */
export function parseLines<T>(
  text: string,
  schema: z.ZodType<T>,
): { readonly lines: readonly T[]; readonly unreadable: number } {
  const all = text.split('\n').filter((line) => line.trim() !== '');
  const lines = all.flatMap((line): T[] => {
    const parsed = schema.safeParse(jsonOrNull(line));
    return parsed.success ? [parsed.data] : [];
  });
  return { lines, unreadable: all.length - lines.length };
}

/** `value` as a line of its own behind `text`, also behind a torn line. */
export function withLine(text: string, value: object): string {
  const gap = text === '' || text.endsWith('\n') ? '' : '\n';
  return `${text}${gap}${JSON.stringify(value)}\n`;
}

function jsonOrNull(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
