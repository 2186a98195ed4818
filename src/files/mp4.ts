/** Just enough of an MP4 reader to know that a film came whole: boxes are walked by their headers, never read in full. */
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';

export interface Mp4Facts {
  readonly width: number | null;
  readonly height: number | null;
}

interface Box {
  readonly type: string;
  /** Where its content starts, and ends (exclusive). */
  readonly start: number;
  readonly end: number;
}

/** A wrong answer can be a very long one. */
const MOST_BOXES = 10_000;

/** Throws an Error that says what is wrong, when boxes are cut off, missing, or the film has no track. */
export async function checkMp4(path: string): Promise<Mp4Facts> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const boxes = await readBoxes(handle, 0, size);
    const having = (type: string): Box | undefined => boxes.find((box) => box.type === type);
    for (const type of ['ftyp', 'moov', 'mdat']) if (!having(type)) throw new Error(`the film has no "${type}" box`);
    if (!boxes.some((box) => box.type === 'mdat' && box.end > box.start)) throw new Error('the film has no content');
    const moov = having('moov') as Box;
    const tracks = (await readBoxes(handle, moov.start, moov.end)).filter((box) => box.type === 'trak');
    if (tracks.length === 0) throw new Error('the film has no track');
    for (const track of tracks) {
      const facts = await readTrackSize(handle, track);
      if (facts) return facts;
    }
    return { width: null, height: null };
  } finally {
    await handle.close();
  }
}

/** Sizes of sibling boxes must add up to exactly the room there is. */
async function readBoxes(handle: FileHandle, from: number, to: number): Promise<Box[]> {
  const boxes: Box[] = [];
  const header = Buffer.alloc(16);
  for (let at = from; at < to;) {
    const wanted = Math.min(16, to - at);
    const { bytesRead } = await handle.read(header, 0, wanted, at);
    if (bytesRead < 8) throw new Error('the film ends inside a box header');
    const box = parseHeader(header, bytesRead, at, to);
    if (box.end > to) throw new Error(`the film is cut off inside its "${box.type}" box`);
    boxes.push(box);
    if (boxes.length > MOST_BOXES) throw new Error('the film has too many boxes');
    at = box.end;
  }
  return boxes;
}

/** ISO 14496-12: 32-bit size and type; size 1 means a 64-bit size behind, size 0 "to the end". */
function parseHeader(header: Buffer, length: number, at: number, to: number): Box {
  const size = header.readUInt32BE(0);
  const type = header.toString('latin1', 4, 8);
  if (size === 0) return { type, start: at + 8, end: to };
  if (size !== 1) {
    if (size < 8) throw new Error(`the film has a box of ${size} bytes`);
    return { type, start: at + 8, end: at + size };
  }
  if (length < 16) throw new Error('the film ends inside a box header');
  const large = header.readBigUInt64BE(8);
  if (large < 16n || large > BigInt(Number.MAX_SAFE_INTEGER)) throw new Error('the film has a box of impossible size');
  return { type, start: at + 16, end: at + Number(large) };
}

/** `tkhd` ends with width and height as 16.16 fixed point; zero for sound. */
async function readTrackSize(handle: FileHandle, track: Box): Promise<Mp4Facts | null> {
  const header = (await readBoxes(handle, track.start, track.end)).find((box) => box.type === 'tkhd');
  if (!header || header.end - header.start < 8) return null;
  const fields = Buffer.alloc(8);
  await handle.read(fields, 0, 8, header.end - 8);
  const [width, height] = [fields.readUInt16BE(0), fields.readUInt16BE(4)];
  return width > 0 && height > 0 ? { width, height } : null;
}
