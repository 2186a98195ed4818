import type { Frame } from '../../src/simulator/h264';

/** Reads back what our writer may write: raw macroblocks and skipped ones. An own reading of the standard, for tests. */
export function decodeSamples(samples: readonly Buffer[], width: number, height: number): readonly Frame[] {
  const frames: Frame[] = [];
  let before = blankFrame(width, height);
  for (const sample of samples) {
    if (sample.readUInt32BE(0) !== sample.length - 4) throw new Error('expected one NAL unit of the given length');
    before = decodeSlice(sample.subarray(4), before);
    frames.push(before);
  }
  return frames;
}

/** The boxes of one level of an MP4 file; throws when they do not add up to the whole. */
export function readBoxes(data: Buffer): ReadonlyMap<string, Buffer> {
  const boxes = new Map<string, Buffer>();
  let at = 0;
  while (at < data.length) {
    const size = data.readUInt32BE(at);
    if (size < 8 || at + size > data.length) throw new Error(`expected a whole box at ${at}`);
    boxes.set(data.toString('latin1', at + 4, at + 8), data.subarray(at + 8, at + size));
    at += size;
  }
  return boxes;
}

/** The box at a path of names. */
export function findBox(data: Buffer, ...names: readonly string[]): Buffer {
  return names.reduce((inside, name) => {
    const box = readBoxes(inside).get(name);
    if (!box) throw new Error(`expected a box ${name}`);
    return box;
  }, data);
}

/** Samples as the index of the file places them. */
export function readSamples(file: Buffer): readonly Buffer[] {
  const table = (name: string): Buffer => findBox(file, 'moov', 'trak', 'mdia', 'minf', 'stbl', name);
  let at = table('stco').readUInt32BE(8);
  const sizes = table('stsz');
  return Array.from({ length: sizes.readUInt32BE(8) }, (_, i) => {
    const size = sizes.readUInt32BE(12 + 4 * i);
    at += size;
    return file.subarray(at - size, at);
  });
}

class Bits {
  readonly data: Buffer;
  at = 0;

  constructor(data: Buffer) {
    this.data = data;
  }

  bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.at++) {
      value = value * 2 + (((this.data[this.at >> 3] ?? 0) >> (7 - (this.at & 7))) & 1);
    }
    return value;
  }

  ue(): number {
    let zeros = 0;
    while (this.bits(1) === 0) zeros++;
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** Whether anything but the stop bit is left. */
  more(): boolean {
    let last = this.data.length * 8 - 1;
    while (((this.data[last >> 3] ?? 0) & (0x80 >> (last & 7))) === 0) last--;
    return this.at < last;
  }

  bytes(count: number): Buffer {
    this.at = Math.ceil(this.at / 8) * 8;
    const from = this.at / 8;
    this.at += count * 8;
    return this.data.subarray(from, from + count);
  }
}

function decodeSlice(nal: Buffer, before: Frame): Frame {
  const key = (nal[0] ?? 0) % 32 === 5;
  const bits = new Bits(unescape(nal.subarray(1)));
  bits.ue();
  expect(bits.ue()).toBe(key ? 7 : 5);
  bits.ue();
  bits.bits(4);
  if (key) bits.ue();
  bits.bits(key ? 2 : 3);
  bits.ue();
  expect(bits.ue()).toBe(1);
  const frame = { ...before, y: before.y.slice(), u: before.u.slice(), v: before.v.slice() };
  for (let mb = 0; bits.more(); mb++) {
    if (!key) mb += bits.ue();
    if (!bits.more()) break;
    expect(bits.ue()).toBe(key ? 25 : 30);
    placeBlock(frame, mb, bits.bytes(384));
  }
  return frame;
}

function placeBlock(frame: Frame, mb: number, samples: Buffer): void {
  const columns = frame.width / 16;
  const place = (plane: Uint8Array, size: number, from: number): void => {
    const width = columns * size;
    const left = (mb % columns) * size + Math.floor(mb / columns) * size * width;
    for (let row = 0; row < size; row++) {
      plane.set(samples.subarray(from + row * size, from + (row + 1) * size), left + row * width);
    }
  };
  place(frame.y, 16, 0);
  place(frame.u, 8, 256);
  place(frame.v, 8, 320);
}

function unescape(data: Buffer): Buffer {
  const plain: number[] = [];
  data.forEach((byte, i) => {
    if (byte === 3 && i > 1 && data[i - 1] === 0 && data[i - 2] === 0) return;
    plain.push(byte);
  });
  return Buffer.from(plain);
}

function blankFrame(width: number, height: number): Frame {
  const area = width * height;
  return { width, height, y: new Uint8Array(area), u: new Uint8Array(area / 4), v: new Uint8Array(area / 4) };
}
