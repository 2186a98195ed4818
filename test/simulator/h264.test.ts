import fc from 'fast-check';
import type { Frame } from '../../src/simulator/h264';
import { encodeH264 } from '../../src/simulator/h264';
import { decodeSamples } from './h264-reader';

const WIDTH = 32;
const HEIGHT = 48;
const plane = (length: number): fc.Arbitrary<Uint8Array> =>
  // Mostly zeros and small numbers, so that start codes would appear if they were not prevented.
  fc
    .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 4 }), fc.nat(255)), {
      minLength: length,
      maxLength: length,
    })
    .map((samples) => Uint8Array.from(samples));
const frame: fc.Arbitrary<Frame> = fc.record({
  width: fc.constant(WIDTH),
  height: fc.constant(HEIGHT),
  y: plane(WIDTH * HEIGHT),
  u: plane((WIDTH * HEIGHT) / 4),
  v: plane((WIDTH * HEIGHT) / 4),
});

test('frames come back sample for sample, whatever changed between them', () => {
  fc.assert(
    fc.property(frame, frame, fc.nat(WIDTH * HEIGHT - 1), (first, other, at) => {
      const dotted = { ...first, y: first.y.slice() };
      dotted.y[at] = 255 - (first.y[at] ?? 0);
      const frames = [first, first, dotted, other, first];
      const { samples } = encodeH264(frames);
      for (const sample of samples) expect(sample.subarray(5).includes(Buffer.from([0, 0, 1]))).toBe(false);
      expect(decodeSamples(samples, WIDTH, HEIGHT)).toEqual(frames);
    }),
    { numRuns: 20 },
  );
});

test('a frame that did not change takes a handful of bytes, one changed block little more than its samples', () => {
  const area = WIDTH * HEIGHT;
  const grey = { width: WIDTH, height: HEIGHT, y: new Uint8Array(area).fill(99) };
  const still: Frame = { ...grey, u: new Uint8Array(area / 4).fill(128), v: new Uint8Array(area / 4).fill(128) };
  const dotted = { ...still, y: still.y.slice() };
  dotted.y[0] = 200;
  const [key, same, changed] = encodeH264([still, still, dotted]).samples;
  expect(key?.length).toBeGreaterThan(area * 1.5);
  expect(same?.length).toBeLessThan(16);
  expect(changed?.length).toBeLessThan(384 + 16);
});

test('no frame at all is an error', () => {
  expect(() => encodeH264([])).toThrow('expected at least one frame');
});
