/** Files of JSON lines that a kill may leave with half a line at the end. */
import { readFile, truncate } from 'node:fs/promises';

/** The whole lines of a file, none if it does not exist; a last line torn by a kill is cut off, so that the next starts clean. */
export async function wholeLines(name: string): Promise<readonly string[]> {
  const text = await readFile(name, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  });
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) await truncate(name, Buffer.byteLength(whole));
  return whole.split('\n').filter((line) => line !== '');
}
