/**
 * Holds: which activities this machine's workers have in hand, with their task tokens. A starting worker gives those of
 * surely dead workers back to Temporal at once, instead of waiting for their heartbeats to run out. They only save
 * time, so they are not synced to disk.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { NodeLockOwner } from './node-lock';
import { isSurelyDead } from './process-identity';

const holdSchema = z.object({
  identity: z.object({
    pid: z.number(),
    host: z.string(),
    bootId: z.string().nullable(),
    startedAt: z.string().nullable(),
  }),
  attempt: z.number(),
  taskToken: z.string(),
  workflowId: z.string(),
  runId: z.string(),
  activityId: z.string(),
});

function folderOf(home: string): string {
  return join(home, 'run', 'holds');
}

/** Writes a hold and answers its path. */
export async function writeHold(home: string, owner: NodeLockOwner): Promise<string> {
  const folder = folderOf(home);
  await mkdir(folder, { recursive: true });
  const name = createHash('sha256').update(`${owner.identity.pid} ${owner.taskToken}`).digest('hex').slice(0, 24);
  const path = join(folder, `${name}.json`);
  await writeFile(path, JSON.stringify(owner), { mode: 0o600 });
  return path;
}

export async function dropHold(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** Holds whose workers are surely dead. A torn file (a kill while writing) is passed over: its activity times out instead. */
export async function deadHolds(
  home: string,
): Promise<readonly { readonly path: string; readonly owner: NodeLockOwner }[]> {
  const folder = folderOf(home);
  const names = await readdir(folder).catch(() => []);
  const dead: { path: string; owner: NodeLockOwner }[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const owner = parseHold(await readFile(path, 'utf8').catch(() => ''));
    if (owner && isSurelyDead(owner.identity)) dead.push({ path, owner });
  }
  return dead;
}

function parseHold(text: string): NodeLockOwner | null {
  try {
    return holdSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
