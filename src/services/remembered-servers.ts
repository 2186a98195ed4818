/** The G-Labs addresses that later runs use: what a tunnel or a person said last, kept on this machine. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Env } from '../config';
import { defaultHome, serverAddress } from '../config';
import { writeFileAtomic } from '../files/atomic';

const rememberedSchema = z.object({
  version: z.literal(1),
  /** In order of preference, never empty. */
  servers: z.array(serverAddress).min(1),
  /** ISO time. */
  since: z.iso.datetime(),
  /** The command that said so. */
  by: z.enum(['tunnel', 'server']),
});

export type RememberedServers = Readonly<Omit<z.infer<typeof rememberedSchema>, 'version'>>;

export interface Recollection {
  readonly remembered: RememberedServers | null;
  /** Why a note that is there does not count, in words. */
  readonly problem: string | null;
}

const notePath = (home: string): string => join(home, 'server.json');

/** Survives a power cut: people count on it after a crash. Throws a ZodError for what is no address. */
export async function rememberServers(
  servers: readonly string[],
  by: RememberedServers['by'],
  env: Env = process.env,
): Promise<void> {
  const note = rememberedSchema.parse({ version: 1, servers, since: new Date().toISOString(), by });
  await writeFileAtomic(notePath(defaultHome(env)), `${JSON.stringify(note, null, 2)}\n`, { mode: 0o600 });
}

/** Never throws: a damaged note must not stop a run that could do without. */
export async function rememberedServers(env: Env = process.env): Promise<Recollection> {
  const path = notePath(defaultHome(env));
  try {
    const { servers, since, by } = rememberedSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    return { remembered: { servers, since, by }, problem: null };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { remembered: null, problem: null };
    const why = error instanceof z.ZodError ? 'it does not say what it should' : (error as Error).message;
    return { remembered: null, problem: `The remembered G-Labs address in ${path} is not used: ${why}.` };
  }
}

/** Takes back what a tunnel said, if nobody has said anything else since; what a person had said before comes back. */
export async function forgetTunnel(
  urls: ReadonlySet<string>,
  before: RememberedServers | null,
  env: Env = process.env,
): Promise<void> {
  const { remembered } = await rememberedServers(env);
  if (remembered?.by !== 'tunnel' || !urls.has(remembered.servers[0] ?? '')) return;
  if (before?.by === 'server') await rememberServers(before.servers, 'server', env);
  else await rm(notePath(defaultHome(env)), { force: true });
}
