/**
 * The smallest H.264 there is (ITU-T H.264, constrained baseline): every macroblock is either sent as raw samples
 * (I_PCM) or, where nothing changed since the frame before, skipped. No transform, no prediction, so it costs next to
 * no CPU, and browsers and players show it like any other clip.
 */

const MACROBLOCK = 16;
const LEVEL = 31;
const MAX_FRAME_NUM = 16;
const MB_TYPE_PCM_IN_I = 25;
const MB_TYPE_PCM_IN_P = 30;

/** A picture in YUV 4:2:0, limited range; both sides are multiples of 16. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly y: Uint8Array;
  readonly u: Uint8Array;
  readonly v: Uint8Array;
}

/** Encoded frames, each one access unit with a 4-byte length in front, as MP4 wants them. */
export interface H264Track {
  readonly width: number;
  readonly height: number;
  readonly sps: Buffer;
  readonly pps: Buffer;
  readonly samples: readonly Buffer[];
}

/** Encodes frames of one size; the first is a key frame, the others hold only what changed. */
export function encodeH264(frames: readonly Frame[]): H264Track {
  const first = frames[0];
  if (!first) throw new Error('expected at least one frame, got none');
  const samples = frames.map((frame, index) => encodeFrame(frame, frames[index - 1] ?? null, index));
  return {
    width: first.width,
    height: first.height,
    sps: sequenceParameters(first),
    pps: pictureParameters(),
    samples,
  };
}

/** Bits, most significant first, into a buffer of known capacity. */
class BitWriter {
  private readonly buffer: Buffer;
  private bytes = 0;
  private current = 0;
  private filled = 0;

  constructor(capacity: number) {
    this.buffer = Buffer.allocUnsafe(capacity);
  }

  bits(value: number, count: number): this {
    for (let i = count - 1; i >= 0; i--) {
      this.current = (this.current << 1) | ((value >>> i) & 1);
      this.filled += 1;
      if (this.filled === 8) {
        this.buffer[this.bytes++] = this.current;
        this.current = 0;
        this.filled = 0;
      }
    }
    return this;
  }

  /** Unsigned Exp-Golomb code, `ue(v)`; also right for the signed zero. */
  ue(value: number): this {
    const length = 32 - Math.clz32(value + 1);
    return this.bits(0, length - 1).bits(value + 1, length);
  }

  align(): this {
    while (this.filled !== 0) this.bits(0, 1);
    return this;
  }

  /** Copies samples; the writer must be aligned. */
  copy(source: Uint8Array, from: number, to: number): void {
    this.buffer.set(source.subarray(from, to), this.bytes);
    this.bytes += to - from;
  }

  /** The NAL unit: header byte, payload with stop bit, emulation prevention. */
  nal(header: number): Buffer {
    this.bits(1, 1).align();
    return Buffer.concat([Buffer.from([header]), preventEmulation(this.buffer.subarray(0, this.bytes))]);
  }
}

/** Two zero bytes followed by one below 4 would read as a start code: a 3 goes between. */
function preventEmulation(payload: Buffer): Buffer {
  // Limited-range samples are never 0, so nearly every frame takes this way out.
  if (!payload.includes('\0\0', 0, 'latin1')) return payload;
  const safe: number[] = [];
  let zeros = 0;
  for (const byte of payload) {
    if (zeros === 2 && byte < 4) {
      safe.push(3);
      zeros = 0;
    }
    safe.push(byte);
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return Buffer.from(safe);
}

function sequenceParameters(frame: Frame): Buffer {
  return new BitWriter(64)
    .bits(66, 8) // profile_idc: baseline
    .bits(0xc0, 8) // constraint_set0 and set1: constrained baseline
    .bits(LEVEL, 8)
    .ue(0) // seq_parameter_set_id
    .ue(0) // log2_max_frame_num - 4
    .ue(2) // pic_order_cnt_type: output order is decoding order
    .ue(1) // max_num_ref_frames
    .bits(0, 1)
    .ue(frame.width / MACROBLOCK - 1)
    .ue(frame.height / MACROBLOCK - 1)
    .bits(0b1100, 4) // frame_mbs_only, direct_8x8_inference, no cropping, no VUI
    .nal(0x67);
}

function pictureParameters(): Buffer {
  return new BitWriter(32)
    .ue(0)
    .ue(0)
    .bits(0, 2) // CAVLC
    .ue(0)
    .ue(0)
    .ue(0)
    .bits(0, 3) // no weighted prediction
    .ue(0)
    .ue(0)
    .ue(0)
    .bits(0b100, 3) // deblocking_filter_control_present, so that slices can switch it off
    .nal(0x68);
}

function encodeFrame(frame: Frame, before: Frame | null, index: number): Buffer {
  const columns = frame.width / MACROBLOCK;
  const count = columns * (frame.height / MACROBLOCK);
  const writer = new BitWriter(count * 400 + 64);
  const key = before === null;
  writer
    .ue(0) // first_mb_in_slice
    .ue(key ? 7 : 5) // slice_type: all I, all P
    .ue(0)
    .bits(index % MAX_FRAME_NUM, 4);
  // Key: idr_pic_id and two marking flags. Else: no override, no reordering, no adaptive marking.
  if (key) writer.ue(0).bits(0, 2);
  else writer.bits(0, 3);
  writer.ue(0).ue(1); // slice_qp_delta 0, deblocking off
  let skipped = 0;
  for (let mb = 0; mb < count; mb++) {
    const x = (mb % columns) * MACROBLOCK;
    const y = Math.floor(mb / columns) * MACROBLOCK;
    if (before !== null && sameBlock(frame, before, x, y)) {
      skipped += 1;
      continue;
    }
    if (!key) writer.ue(skipped);
    skipped = 0;
    writer.ue(key ? MB_TYPE_PCM_IN_I : MB_TYPE_PCM_IN_P).align();
    copyBlock(writer, frame, x, y);
  }
  if (skipped > 0) writer.ue(skipped);
  const nal = writer.nal(key ? 0x65 : 0x41);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(nal.length);
  return Buffer.concat([length, nal]);
}

function copyBlock(writer: BitWriter, frame: Frame, x: number, y: number): void {
  for (let row = y; row < y + 16; row++) writer.copy(frame.y, row * frame.width + x, row * frame.width + x + 16);
  const width = frame.width / 2;
  for (const plane of [frame.u, frame.v]) {
    for (let row = y / 2; row < y / 2 + 8; row++) writer.copy(plane, row * width + x / 2, row * width + x / 2 + 8);
  }
}

function sameBlock(a: Frame, b: Frame, x: number, y: number): boolean {
  if (!sameArea(a.y, b.y, a.width, x, y, 16)) return false;
  const width = a.width / 2;
  return sameArea(a.u, b.u, width, x / 2, y / 2, 8) && sameArea(a.v, b.v, width, x / 2, y / 2, 8);
}

function sameArea(a: Uint8Array, b: Uint8Array, width: number, x: number, y: number, size: number): boolean {
  if (a === b) return true;
  for (let row = y; row < y + size; row++) {
    for (let at = row * width + x, end = at + size; at < end; at++) if (a[at] !== b[at]) return false;
  }
  return true;
}
