import {
  backendVideoMode,
  imageModel,
  modelVocabulary,
  nodeVideoMode,
  videoModel,
  videoResolution,
} from '../../src/flow/models';

test.each([
  ['nano_banana_2', 'nano_banana_2'],
  ['gemini-3.1-flash-image-preview', 'nano_banana_2'],
  ['gemini-3-pro-image-preview', 'nano_banana_pro'],
  ['nano_banana', null],
  ['veo_3_1', null],
  ['constructor', null],
  [undefined, null],
])('the image model %j is %j to the backend', (word, id) => {
  expect(imageModel(word)).toBe(id);
});

test.each([
  ['veo_3_1', 'fast', 'veo_31_fast'],
  ['veo_3_1', undefined, 'veo_31_fast'],
  ['veo-3.1-fast-generate-preview', 'relax', 'veo_31_lite_relaxed'],
  ['veo-3.1-generate-preview', undefined, 'veo_31_quality'],
  ['veo_31_lite', 'fast', 'veo_31_lite'],
  [undefined, 'lite', 'veo_31_lite'],
  [undefined, undefined, null],
  ['veo_3_1', 'turbo', null],
  ['gemini-3.1-flash-image-preview', 'fast', null],
])('the video model %j with veoModel %j is %j', (model, veoModel, id) => {
  expect(videoModel(model, veoModel)).toBe(id);
});

test('a model word tells the vocabulary, if it belongs to one', () => {
  expect(modelVocabulary('nano_banana_2')).toBe('wiki');
  expect(modelVocabulary('veo-3.1-fast-generate-preview')).toBe('github');
  expect(modelVocabulary('something')).toBeNull();
});

test('the frames that are there decide the mode that is sent', () => {
  expect(backendVideoMode(true, false)).toBe('start_image');
  expect(backendVideoMode(true, true)).toBe('start_end_image');
  expect(backendVideoMode(false, false)).toBe('text_to_video');
});

test('an unknown mode or resolution is told, not replaced', () => {
  expect([nodeVideoMode(undefined), nodeVideoMode('text-to-video'), nodeVideoMode('ingredients')]).toEqual([
    'frames',
    'text',
    null,
  ]);
  expect([videoResolution('4k'), videoResolution('1080p'), videoResolution('8k'), videoResolution(4)]).toEqual([
    '4K',
    '1080p',
    null,
    null,
  ]);
});
