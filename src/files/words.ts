/**
 * Which nodes of this machine, in whatever file, have used the same words (a kind and the beginning of a prompt) towards
 * the backend. Kept under NBFLOW_HOME, by the words' hash: prompts themselves are not written down here.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { FlowError } from '../flow/errors';
import { writeFileAtomic } from './atomic';
import type { LockHandle } from './lock';
import { tryLock } from './lock';

/** A node's receipt: the folder and the file name without ending. */
export interface WordsPlace {
  readonly dir: string;
  readonly key: string;
}

const indexSchema = z.object({
  version: z.literal(1),
  places: z.array(z.object({ dir: z.string(), key: z.string() })),
});

/** Longer than one submit may take: its holder is alive, and its answer is waited for. */
const PATIENCE_MS = 150_000;
const POLL_MS = { first: 10, most: 250 };

/** Who has used these words, oldest first. A file that can't be read tells nothing: it only ever adds to what receipts say. */
export async function placesOf(home: string, words: string): Promise<readonly WordsPlace[]> {
  const text = await readFile(pathOf(home, words), 'utf8').catch(() => '');
  try {
    return indexSchema.parse(JSON.parse(text)).places;
  } catch {
    return [];
  }
}

/** Notes a place, synced. The words' lock must be held. Places whose receipt is gone are forgotten. */
export async function notePlace(home: string, words: string, place: WordsPlace): Promise<void> {
  const places = await placesOf(home, words);
  if (places.some(({ dir, key }) => dir === place.dir && key === place.key)) return;
  const kept = places.filter(({ dir, key }) => existsSync(join(dir, `${key}.json`)));
  await writeFileAtomic(pathOf(home, words), JSON.stringify({ version: 1, places: [...kept, place] }));
}

/** The lock of these words on this machine, waited for. Throws FlowError `Node.Held` when a living process keeps it. */
export async function lockWords(home: string, words: string, signal: AbortSignal): Promise<LockHandle> {
  const until = performance.now() + PATIENCE_MS;
  for (let pause = POLL_MS.first; ; pause = Math.min(pause * 1.5, POLL_MS.most)) {
    const result = await tryLock(`${pathOf(home, words)}.lock`);
    if ('release' in result) return result;
    if (performance.now() > until) {
      const holder = result.heldBy ? `process ${result.heldBy.identity.pid}` : 'another process';
      throw new FlowError('Node.Held', `${holder} waits for an answer to a prompt that begins the same`, 7);
    }
    await delay(pause, undefined, { signal });
  }
}

function pathOf(home: string, words: string): string {
  return join(home, 'words', `${createHash('sha256').update(words).digest('hex').slice(0, 24)}.json`);
}
