/** One tunnel per home: a lock, and a note of its cloudflared, so that one left by a killed `nbflow tunnel` is ended. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { tryLock } from '../files/lock';
import type { ProcessIdentity } from '../files/process-identity';
import { identify } from '../files/process-identity';
import { FlowError } from '../flow/errors';
import type { Home } from './home';
import { makeHome } from './home';
import { stopProcess } from './processes';

const LEFT_OVER_GRACE_MS = 1_000;

const noteSchema = z.object({
  version: z.literal(1),
  url: z.string().nullable(),
  cloudflared: z.object({
    pid: z.int().positive(),
    host: z.string(),
    bootId: z.string().nullable(),
    startedAt: z.string().nullable(),
  }),
});

export interface TunnelClaim {
  /** Writes down which process the tunnel is, before anything else can happen; `url` once it is known. Never throws. */
  note(pid: number, url: string | null): void;
  release(): Promise<void>;
}

/** Throws FlowError `Tunnel.Running` (7) when another `nbflow tunnel` runs. */
export async function claimTunnel(home: Home): Promise<TunnelClaim> {
  await makeHome(home);
  const path = join(home.run, 'tunnel.json');
  const lock = await tryLock(join(home.run, 'tunnel.lock'), { extra: { role: 'tunnel' } });
  if (!('release' in lock)) {
    const process = lock.heldBy ? ` (process ${lock.heldBy.identity.pid})` : '';
    const url = readNote(path)?.url;
    throw new FlowError('Tunnel.Running', `A tunnel runs already${process}${url ? `: ${url}` : '.'}`, 7, [
      'Use that one, or stop it first (Ctrl-C where it runs).',
    ]);
  }
  const left = readNote(path);
  if (left) await stopProcess(left.cloudflared, LEFT_OVER_GRACE_MS);
  return {
    note: (pid, url) => {
      const cloudflared: ProcessIdentity | null = identify(pid);
      try {
        if (cloudflared) writeFileSync(path, JSON.stringify({ version: 1, url, cloudflared }), { mode: 0o600 });
      } catch {
        // A full disk, for instance: the tunnel is worth more than its note.
      }
    },
    release: async () => {
      rmSync(path, { force: true });
      await lock.release();
    },
  };
}

function readNote(path: string): z.infer<typeof noteSchema> | null {
  try {
    const parsed = noteSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
