/** `nbflow note FILE "text"`: a person's line in the history, and in the team's registry when that has the workflow. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { registryFile } from '../files/version-registry';
import { quoted } from '../flow/advice';
import { FlowError } from '../flow/errors';
import { checkRegistry, record } from '../record';
import { layoutOf } from './context';
import type { OutputOptions } from './output';
import { jsonResult, result, say } from './output';

/** Characters. The registry and the tracker show it in one line. */
const LONGEST = 1_000;

/** Throws FlowError: 2 (no such file, no text), 7 (somebody else writes the history), 8 (the registry is damaged). */
export async function noteCommand(name: string, words: readonly string[], options: OutputOptions): Promise<number> {
  const layout = layoutOf(name);
  const text = oneLine(words.join(' '));
  const at = new Date().toISOString();
  await checkRegistry(layout);
  const id = `note ${randomUUID()}`;
  const registry = await record(layout, { schema: 1, id, at, version: layout.version, kind: 'note', text });
  const next = [`See the history: nbflow history ${quoted(name)}`];
  if (options.json)
    jsonResult({ file: layout.file, fileVersion: layout.version, text, at, inRegistry: registry !== 'absent', next });
  else {
    const where = registry === 'absent' ? 'the history' : 'the history and the version registry';
    result(`Noted for ${layout.code} ${layout.version} in ${where}: ${text}`);
    if (registry === 'absent' && existsSync(registryFile(layout.root)))
      say(`  note: the version registry does not have ${layout.code}, so it was left as it is.`);
    for (const step of next) say(`  → ${step}`);
  }
  return 0;
}

/** A person's words as one line. Throws FlowError `Usage` (2): none, or too many. */
export function oneLine(words: string): string {
  // Control characters would break the line, or the terminal that shows it.
  const text = words.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  const example = ['For instance: nbflow note XYZG3-V0-1 "avatar replaced, scene 3 made again"'];
  if (text === '') throw new FlowError('Usage', 'The note has no text. Nothing was written.', 2, example);
  if (text.length <= LONGEST) return text;
  const message = `The note has ${text.length} characters, and ${LONGEST} are the most. Nothing was written.`;
  throw new FlowError('Usage', message, 2, ['Say it shorter.']);
}
