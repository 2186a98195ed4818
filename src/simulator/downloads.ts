/** Downloads: whole, damaged, or gone. */
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Answer } from './answers';
import { cloudflareAnswer, errorAnswer } from './answers';
import type { Encounter } from './encounter';
import type { Fault } from './faults';
import type { World } from './world';

/** The file behind a name as it stood in the path. A fault only strikes where there is one. */
export async function download(world: World, name: string, encounter: Encounter): Promise<Answer> {
  const decoded = decodeName(name);
  if (decoded === null || /[/\\]/.test(decoded) || decoded.startsWith('.')) return fileNotFound(name);
  const place = path.join(world.filesDir, decoded);
  try {
    const body = await readFile(place);
    const fault = encounter.take('bytes');
    if (fault?.kind === 'gone') {
      if (fault.forever) await rm(place, { force: true });
      return fileNotFound(decoded);
    }
    const type = decoded.endsWith('.mp4') ? 'video/mp4' : 'image/png';
    return spoil({ status: 200, headers: { 'content-type': type }, body }, fault);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? fileNotFound(decoded) : errorAnswer(500, 'Failed to read file');
  }
}

function fileNotFound(name: string): Answer {
  return errorAnswer(404, `File not found: ${name}`);
}

/** A name as it is on the disk, null for what is no percent encoding. */
export function decodeName(name: string): string | null {
  try {
    return decodeURIComponent(name);
  } catch {
    return null;
  }
}

/** Damages a download, if a fault says so. */
function spoil(answer: Answer, fault: Fault | null): Answer {
  if (fault?.kind !== 'bad-bytes') return answer;
  const kept = Math.floor(answer.body.length * fault.part);
  switch (fault.how) {
    case 'truncated':
      return { ...answer, body: answer.body.subarray(0, kept) };
    case 'cut':
      return { ...answer, cutAfter: kept };
    case 'empty':
      return { ...answer, body: Buffer.alloc(0) };
    case 'html':
      return { ...cloudflareAnswer(502), status: 200 };
    case 'wrong-type':
      // Says it is what was asked for, and is something else.
      return { ...answer, body: Buffer.from('GIF89a is not what you asked for; '.repeat(8)) };
  }
}
