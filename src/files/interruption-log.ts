/**
 * Which attempts of a pass ended with their worker, written down by the attempts that went on: `interruptions.jsonl` beside
 * the receipts. It only makes the history tell more, so that no money hangs on it.
 */
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Interruption } from '../flow/interruption';
import { toDiskError } from './disk-errors';
import { parseLines, readText, withLine } from './json-lines';

const interruptionSchema = z.object({
  pass: z.string(),
  worker: z.string(),
  how: z.enum(['killed', 'stopped', 'silent']),
  step: z.enum(['open', 'node', 'export']),
  node: z.string().nullable(),
  since: z.iso.datetime(),
  resumed: z.iso.datetime(),
}) satisfies z.ZodType<Interruption>;

/** One short write at the end of the file, synced: several nodes write at the same time. Throws FlowError `Disk.Full`. */
export async function logInterruption(receiptsDir: string, interruption: Interruption): Promise<void> {
  const path = pathOf(receiptsDir);
  try {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(path, 'a');
    try {
      // In front of the line: what a kill tore must not swallow it.
      await handle.appendFile(`\n${withLine('', interruption)}`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw toDiskError(error, path);
  }
}

/** Of one pass, oldest first. */
export async function readInterruptions(receiptsDir: string, pass: string): Promise<readonly Interruption[]> {
  const { lines } = parseLines(await readText(pathOf(receiptsDir)), interruptionSchema);
  return lines.filter((one) => one.pass === pass);
}

function pathOf(receiptsDir: string): string {
  return join(dirname(receiptsDir), 'interruptions.jsonl');
}
