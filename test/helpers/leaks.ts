/** Looks for secrets in whatever a pass leaves behind or shows: files of any kind, histories, command lines. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';

export interface Place {
  readonly name: string;
  /** Bytes as latin1: a database is searched like a text. */
  readonly content: string;
}

/** Names of the places that hold a secret: as it is, escaped for an address, in hex, or somewhere inside of base64. */
export function leaks(places: readonly Place[], secrets: readonly string[]): readonly string[] {
  const forms = secrets.flatMap(formsOf);
  return places.filter(({ content }) => forms.some((form) => content.includes(form))).map(({ name }) => name);
}

/** All files below a folder, hidden ones too. */
export function filesBelow(folder: string): readonly Place[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    return entry.isFile() ? [{ name: relative(folder, path), content: readFileSync(path, 'latin1') }] : [];
  });
}

/** What `ps` shows to everybody on this machine. */
export function commandLines(): readonly Place[] {
  return processFiles('cmdline');
}

/** The environment of one process. */
export function environmentOf(pid: number): Place {
  return { name: `environment of ${pid}`, content: readFileSync(`/proc/${pid}/environ`, 'latin1') };
}

/** Each workflow that a server knows: its whole history, its memo and its search attributes, as Temporal's own JSON. */
export async function histories(client: Client): Promise<readonly Place[]> {
  const places: Place[] = [];
  for await (const { workflowId, runId } of client.workflow.list()) {
    const handle = client.workflow.getHandle(workflowId, runId);
    const [history, description] = await Promise.all([handle.fetchHistory(), handle.describe()]);
    const content = historyToJSON(history) + JSON.stringify(description.raw);
    places.push({ name: `history of ${workflowId}`, content });
  }
  return places;
}

function processFiles(file: string): readonly Place[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [{ name: `${file} of ${pid}`, content: readFileSync(`/proc/${pid}/${file}`, 'latin1') }];
      } catch {
        // It has ended since it was listed.
        return [];
      }
    });
}

function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [secret, encodeURIComponent(secret), bytes.toString('hex'), ...[0, 1, 2].map((at) => insideBase64(bytes, at))];
}

/** The letters that a secret gives in the middle of a longer base64 text, where it begins at byte `at` of three. */
function insideBase64(secret: Buffer, at: number): string {
  const text = Buffer.concat([Buffer.alloc(at), secret]).toString('base64');
  return text.slice(Math.ceil((at * 8) / 6), Math.floor(((at + secret.length) * 8) / 6));
}
