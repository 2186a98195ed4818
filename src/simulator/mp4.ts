/** A small writer of playable MP4 files (ISO/IEC 14496-12 boxes, 14496-15 for H.264): one video track, index first. */
import type { H264Track } from './h264';

const TIMESCALE = 600;
const MATRIX = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];

/** Wraps a track into a file; `comment` lands in a `free` box and makes equal pictures different files. */
export function writeMp4(track: H264Track, framesPerSecond: number, comment: string): Buffer {
  const type = box('ftyp', text('isom'), u32(0x200), text('isomiso2avc1mp41'));
  const free = box('free', Buffer.from(comment, 'utf8'));
  const ticks = Math.round(TIMESCALE / framesPerSecond);
  // The index names the place of the samples, and its own length does not depend on that number.
  const before = type.length + movie(track, ticks, 0).length + free.length + 8;
  return Buffer.concat([type, movie(track, ticks, before), free, box('mdat', ...track.samples)]);
}

function movie(track: H264Track, ticks: number, offset: number): Buffer {
  const duration = ticks * track.samples.length;
  const header = fullBox(
    'mvhd',
    0,
    u32(0, 0, TIMESCALE, duration, 0x10000),
    u16(0x100, 0),
    u32(0, 0, ...MATRIX),
    u32(0, 0, 0, 0, 0, 0, 2),
  );
  return box('moov', header, trackBox(track, ticks, duration, offset));
}

function trackBox(track: H264Track, ticks: number, duration: number, offset: number): Buffer {
  const { width, height } = track;
  const header = fullBox(
    'tkhd',
    3, // enabled, in the movie
    u32(0, 0, 1, 0, duration, 0, 0),
    u16(0, 0, 0, 0),
    u32(...MATRIX, width * 0x10000, height * 0x10000),
  );
  const media = box(
    'mdia',
    fullBox('mdhd', 0, u32(0, 0, TIMESCALE, duration), u16(0x55c4, 0)), // language `und`
    fullBox('hdlr', 0, u32(0), text('vide'), u32(0, 0, 0), text('VideoHandler\0')),
    box(
      'minf',
      fullBox('vmhd', 1, u16(0, 0, 0, 0)),
      box('dinf', fullBox('dref', 0, u32(1), fullBox('url ', 1))), // samples are in this file
      sampleTable(track, ticks, offset),
    ),
  );
  return box('trak', header, media);
}

function sampleTable(track: H264Track, ticks: number, offset: number): Buffer {
  const count = track.samples.length;
  return box(
    'stbl',
    fullBox('stsd', 0, u32(1), sampleEntry(track)),
    fullBox('stts', 0, u32(1, count, ticks)),
    fullBox('stss', 0, u32(1, 1)), // only the first is a key frame
    fullBox('stsc', 0, u32(1, 1, count, 1)), // one chunk holds them all
    fullBox('stsz', 0, u32(0, count, ...track.samples.map((sample) => sample.length))),
    fullBox('stco', 0, u32(1, offset)),
  );
}

function sampleEntry(track: H264Track): Buffer {
  const { width, height, sps, pps } = track;
  const profile = sps.subarray(1, 4);
  const config = box(
    'avcC',
    Buffer.concat([Buffer.from([1]), profile, Buffer.from([0xff, 0xe1])]), // 4-byte lengths, one SPS
    u16(sps.length),
    sps,
    Buffer.from([1]),
    u16(pps.length),
    pps,
  );
  const name = Buffer.alloc(32);
  return box(
    'avc1',
    u16(0, 0, 0, 1),
    u32(0, 0, 0, 0),
    u16(width, height),
    u32(0x480000, 0x480000, 0), // 72 dpi
    u16(1),
    name,
    u16(24, 0xffff),
    config,
  );
}

function box(type: string, ...parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 8);
  return Buffer.concat([u32(length), text(type), ...parts], length);
}

function fullBox(type: string, flags: number, ...parts: readonly Buffer[]): Buffer {
  return box(type, u32(flags), ...parts);
}

function text(value: string): Buffer {
  return Buffer.from(value, 'latin1');
}

function u16(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => buffer.writeUInt16BE(value, index * 2));
  return buffer;
}

function u32(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => buffer.writeUInt32BE(value, index * 4));
  return buffer;
}
