import fc from 'fast-check';
import { buildImageRequest, buildVideoRequest, prefixLockKey, promptPrefix, samePrefix } from '../../src/flow/request';
import { clipOf, generated, generator, row, url } from '../helpers/flows';

const REFERENCE = url('https://refs.example.test/a.png');
const BYTES = Buffer.alloc(200, 1).toString('base64');
const MORE = Buffer.alloc(300, 2).toString('base64');

describe('the image request', () => {
  const image = generator({ rows: [row('a kitchen @home', { references: [REFERENCE, REFERENCE] })] });

  test('is what G-Labs documents, with the ratio always and references as bare strings', () => {
    expect(buildImageRequest(image, image.rows[0] ?? row(''), [BYTES, MORE])).toEqual({
      prompt: 'a kitchen @home',
      model: 'nano_banana_2',
      aspect_ratio: '9:16',
      reference_images: [BYTES, MORE],
    });
  });

  test('is never built without one of its references', () => {
    expect(() => buildImageRequest(image, image.rows[0] ?? row(''), [BYTES])).toThrow('expected 2 references');
  });

  test('is never built with a reference that G-Labs would skip in silence', () => {
    const tiny = Buffer.alloc(60).toString('base64');
    expect(() => buildImageRequest(image, image.rows[0] ?? row(''), [BYTES, tiny])).toThrow('reference 2 is smaller');
  });
});

describe('the video request', () => {
  const still = generator();
  const build = (frames: Parameters<typeof row>[1], encoded: string[], overrides = {}) => {
    const clip = clipOf(still, { rows: [row('she waves', frames)], ...overrides });
    return buildVideoRequest(clip, clip.rows[0] ?? row(''), encoded);
  };

  test('sends the start frame, then the end frame', () => {
    expect(build({ startFrame: generated(still), endFrame: REFERENCE }, [BYTES, MORE])).toEqual({
      prompt: 'she waves',
      model: 'veo_31_fast',
      aspect_ratio: '9:16',
      mode: 'start_end_image',
      reference_images: [BYTES, MORE],
      resolution: ['720p'],
    });
  });

  test.each([
    ['start_image', { startFrame: REFERENCE }, [BYTES]],
    ['text_to_video', {}, []],
  ])('has mode %s for its frames', (mode, frames, encoded) => {
    expect(build(frames, encoded)).toMatchObject({ mode });
  });

  test('is refused with an end frame alone', () => {
    expect(() => build({ endFrame: REFERENCE }, [BYTES])).toThrow('no start frame');
  });

  test.each([
    [null, '720p'],
    ['', '720p'],
    ['1080p', '1080p'],
    ['4k', '4K'],
  ])('writes resolution %p as %s', (resolution, sent) => {
    expect(build({ startFrame: REFERENCE }, [BYTES], { resolution }).resolution).toEqual([sent]);
  });

  test('names a length only where it differs from the default and the backend has a field for it', () => {
    const lengthOf = (durationSeconds: string | null) =>
      build({ startFrame: REFERENCE }, [BYTES], { durationSeconds }).video_length;
    expect(['8', '6', '4', '5', null].map(lengthOf)).toEqual([undefined, 6, 4, undefined, undefined]);
  });
});

describe('the listed prefix', () => {
  const long = 'x'.repeat(49) + '🎬 and more words';

  test.each([
    ['code points', 'x'.repeat(49) + '🎬'],
    ['UTF-16 units, half a character', 'x'.repeat(49) + '\ud83c'],
    ['UTF-16 units, mended', 'x'.repeat(49) + '\uFFFD'],
    ['UTF-16 units, half dropped', 'x'.repeat(49)],
    ['dots', 'x'.repeat(49) + '🎬...'],
    ['an ellipsis', 'x'.repeat(49) + '🎬…'],
  ])('matches when cut by %s', (_, listed) => {
    expect(samePrefix(listed, long)).toBe(true);
    expect(samePrefix(listed, promptPrefix(long))).toBe(true);
  });

  test.each(['x'.repeat(48), 'x'.repeat(50), 'y', '', 'x'.repeat(49) + '🎬 and'])('does not match %p', (listed) => {
    expect(samePrefix(listed, long)).toBe(false);
  });

  test('a short prompt matches only itself', () => {
    expect(samePrefix('hello', 'hello')).toBe(true);
    expect(samePrefix('hello...', 'hello')).toBe(false);
    expect(samePrefix('hell', 'hello')).toBe(false);
  });

  test('every prompt is found in a listing, and prompts that a listing confuses have one lock key', () => {
    const text = fc.string({ unit: 'binary', maxLength: 120 });
    fc.assert(
      fc.property(text, text, (prompt, other) => {
        const listed = prompt.slice(0, 50);
        expect(samePrefix(listed, promptPrefix(prompt))).toBe(true);
        expect(samePrefix(promptPrefix(prompt), prompt)).toBe(true);
        const twin = promptPrefix(prompt) + other;
        if (promptPrefix(twin) === promptPrefix(prompt)) expect(prefixLockKey(twin)).toBe(prefixLockKey(prompt));
      }),
    );
  });
});
