/** Clips: the start frame with a progress bar below, wiped over to the end frame where there is one. */
import type { Caption, Size } from './drawing';
import type { Frame } from './h264';
import { encodeH264 } from './h264';
import { writeMp4 } from './mp4';
import { renderFrame } from './pictures';

const FRAMES_PER_SECOND = 4;
const BAR_HEIGHT = 6;
const BLOCK = 16;
const WHITE = 235;

/** What a clip is made of; stills are encoded pictures. */
export interface Film {
  readonly aspectRatio: string;
  readonly seconds: number;
  readonly start: Buffer | null;
  readonly end: Buffer | null;
  readonly caption: Caption;
  /** Unique text that goes into the file unseen. */
  readonly comment: string;
}

/** An MP4 of the asked length; its first frame is the start frame, its last the end frame. */
export async function renderFilm(film: Film): Promise<Buffer> {
  const size = film.aspectRatio === '9:16' ? { width: 288, height: 512 } : { width: 512, height: 288 };
  const start = await renderFrame(size, film.start, film.caption);
  const end = film.end === null ? null : await renderFrame(size, film.end, film.caption);
  const count = film.seconds * FRAMES_PER_SECOND;
  const frames = Array.from({ length: count }, (_, i) => composeFrame(start, end, i / (count - 1)));
  return writeMp4(encodeH264(frames), FRAMES_PER_SECOND, film.comment);
}

/** A few bytes of film in one colour, for benchmarks. */
export function renderPlainFilm(film: Film): Buffer {
  const size = film.aspectRatio === '9:16' ? { width: 16, height: 32 } : { width: 32, height: 16 };
  const frame = colourFrame(size, film.caption.colours);
  return writeMp4(encodeH264(Array<Frame>(film.seconds).fill(frame)), 1, film.comment);
}

/** `progress` from 0 to 1; the wipe fills the second half and moves in whole macroblocks, so each is sent once. */
function composeFrame(start: Frame, end: Frame | null, progress: number): Frame {
  const edge = end === null ? 0 : Math.round((Math.max(0, progress * 2 - 1) * start.width) / BLOCK) * BLOCK;
  const wiped = end === null || edge === 0 ? start : wipe(start, end, edge);
  const y = Uint8Array.from(wiped.y);
  const filled = Math.round(progress * start.width);
  for (let row = start.height - BAR_HEIGHT; row < start.height; row++) {
    y.fill(WHITE, row * start.width, row * start.width + filled);
  }
  return { ...wiped, y };
}

function wipe(start: Frame, end: Frame, edge: number): Frame {
  return {
    ...start,
    y: mix(start.y, end.y, start.width, edge),
    u: mix(start.u, end.u, start.width / 2, edge / 2),
    v: mix(start.v, end.v, start.width / 2, edge / 2),
  };
}

/** Left of the edge the second plane, right of it the first. */
function mix(right: Uint8Array, left: Uint8Array, width: number, edge: number): Uint8Array {
  const mixed = Uint8Array.from(right);
  for (let at = 0; at < mixed.length; at += width) mixed.set(left.subarray(at, at + edge), at);
  return mixed;
}

function colourFrame({ width, height }: Size, colours: Buffer): Frame {
  const plane = (length: number, i: number): Uint8Array => new Uint8Array(length).fill(16 + ((colours[i] ?? 0) % 220));
  const area = width * height;
  return { width, height, y: plane(area, 0), u: plane(area / 4, 1), v: plane(area / 4, 2) };
}
