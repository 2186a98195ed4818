/** A result under its final name that no receipt knows: its attempt died between putting it there and writing it down. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { candidatePath } from '../files/layout';
import { checkMedia } from '../files/media';
import type { CandidateId } from '../flow/ledger';
import type { Generation } from '../flow/receipt';
import type { Fetched } from '../money/ports';
import type { NodeRun } from './node-run';

const ENDINGS = { image: ['png', 'jpg', 'webp'], video: ['mp4'] } as const;
/** File systems cut times, the coarsest to two seconds. */
const TIME_SLACK_MS = 2_000;

/**
 * Only an attempt at this very candidate writes under its name, so a whole file that came there after the submit, and that
 * no other entry of the receipt has, is this entry's result.
 */
export async function findUnrecorded(run: NodeRun, id: CandidateId, entry: Generation): Promise<Fetched | null> {
  const { project, generator, receiptKey } = run;
  const receipt = await project.receipts.read(receiptKey);
  const others = (receipt?.generations ?? []).filter(({ taskId }) => taskId !== entry.taskId);
  for (const ending of ENDINGS[generator.kind]) {
    const file = candidatePath(project.layout, generator, id, ending);
    const path = join(project.layout.baseDir, file);
    const info = await stat(path).catch(() => null);
    if (!info?.isFile() || info.mtimeMs + TIME_SLACK_MS < Date.parse(entry.submittedAt as string)) continue;
    const media = await checkMedia(path).catch(() => null);
    if (!media?.mediaType.startsWith(`${generator.kind}/`)) continue;
    const bytes = await readFile(path);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (others.some((other) => other.sha256 === sha256)) continue;
    return { file, sha256, bytes: bytes.length, mediaType: media.mediaType };
  }
  return null;
}
