/** Recorded histories: Temporal's own JSON, with this machine's name taken out. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { historyToJSON, historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { REPOSITORY } from './machine';

export type History = ReturnType<typeof historyFromJSON>;
type Recorded = Parameters<typeof historyToJSON>[0];

const FOLDER = join(REPOSITORY, 'test', 'histories');

/** Stack traces go too: they say where somebody's copy of this project lies. */
export function historyText(history: Recorded): string {
  const text = historyToJSON(history).replaceAll(hostname(), 'machine');
  return `${text.replace(/("stackTrace": )"(?:[^"\\]|\\.)*"/g, '$1""')}\n`;
}

export function readHistory(text: string): History {
  return historyFromJSON(JSON.parse(text));
}

export function saveHistory(name: string, text: string): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${name}.json`), text);
}

export function recordedHistories(): readonly { readonly name: string; readonly text: string }[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name: name.replace('.json', ''), text: readFileSync(join(FOLDER, name), 'utf8') }));
}

/** The text with every payload decoded, so that nothing hides in base64. */
export function plainText(text: string): string {
  const decoded: string[] = [];
  JSON.parse(text, (key, value: unknown) => {
    if (key === 'data' && typeof value === 'string') decoded.push(Buffer.from(value, 'base64').toString('utf8'));
    return value;
  });
  return [text, ...decoded].join('\n');
}

/** Bundling and replaying tell their every step otherwise. */
export function quietRuntime(): void {
  Runtime.install({ logger: new DefaultLogger('WARN') });
}
