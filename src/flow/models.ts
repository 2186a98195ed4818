/**
 * What the model, mode, ratio and resolution words of a file mean to G-Labs. An unknown word silently becomes the
 * backend's default there (another model, 1:1, text to video), so every function here answers null for one instead.
 */
import type { Vocabulary } from './types';

/** Image models: the file's word -> the backend's. Gemini strings are the GitHub documents' vocabulary. */
const IMAGE_MODELS: ReadonlyMap<string, string> = new Map([
  ['nano_banana_2', 'nano_banana_2'],
  ['nano_banana_2_lite', 'nano_banana_2_lite'],
  ['nano_banana_pro', 'nano_banana_pro'],
  ['gemini-3.1-flash-image-preview', 'nano_banana_2'],
  ['gemini-3.1-flash-image', 'nano_banana_2'],
  ['gemini-3-pro-image-preview', 'nano_banana_pro'],
  ['gemini-3-pro-image', 'nano_banana_pro'],
]);

/** Video models that say all by themselves; `veoModel` is not asked. */
const EXACT_VIDEO_MODELS: ReadonlySet<string> = new Set([
  'veo_31_fast',
  'veo_31_lite',
  'veo_31_quality',
  'veo_31_lite_relaxed',
  'veo_31_fast_relaxed',
  'omni_flash',
]);

/** Families of Veo 3.1: the file's word -> the variant when `veoModel` is absent. */
const VIDEO_FAMILIES: ReadonlyMap<string, string> = new Map([
  ['veo_3_1', 'fast'],
  ['veo_3_1_fast', 'fast'],
  ['veo-3.1-fast-generate-preview', 'fast'],
  ['veo-3.1-fast-generate', 'fast'],
  ['veo-3.1-generate-preview', 'quality'],
  ['veo-3.1-generate', 'quality'],
  ['veo-3.1-lite-generate-preview', 'lite'],
]);

/** `relax` is the cheap queue; of the relaxed ids only the lite one is in the backend's present list. */
const VIDEO_VARIANTS: ReadonlyMap<string, string> = new Map([
  ['fast', 'veo_31_fast'],
  ['lite', 'veo_31_lite'],
  ['quality', 'veo_31_quality'],
  ['relax', 'veo_31_lite_relaxed'],
  ['relaxed', 'veo_31_lite_relaxed'],
]);

const GITHUB_MODEL = /^(gemini-|veo-)/;

/** The image model that each vocabulary writes, for `check --fix` and messages. */
export const USUAL_IMAGE_MODEL: Readonly<Record<Vocabulary, string>> = {
  wiki: 'nano_banana_2',
  github: 'gemini-3.1-flash-image-preview',
};

export const USUAL_VIDEO_MODEL: Readonly<Record<Vocabulary, string>> = {
  wiki: 'veo_3_1',
  github: 'veo-3.1-fast-generate-preview',
};

/** The ratio that is meant when a node has none (D24). */
export const DEFAULT_RATIO = '9:16';

/** Ratios the backend knows; any other silently becomes its default. */
export const IMAGE_RATIOS: readonly string[] = ['1:1', '3:4', '4:3', '9:16', '16:9'];
export const VIDEO_RATIOS: readonly string[] = ['9:16', '16:9'];

/** The backend takes this many references of one image; more are dropped in silence. */
export const MAX_REFERENCES = 10;

/** Backend id of an image model, null when unknown. */
export function imageModel(model: unknown): string | null {
  return typeof model === 'string' ? (IMAGE_MODELS.get(model) ?? null) : null;
}

/** Backend id of a video node's `model` and `veoModel`, null when either is a word we don't know. */
export function videoModel(model: unknown, veoModel: unknown): string | null {
  if (typeof model === 'string' && EXACT_VIDEO_MODELS.has(model)) return model;
  const variant = typeof veoModel === 'string' && veoModel !== '' ? veoModel : null;
  if (variant !== null && !VIDEO_VARIANTS.has(variant)) return null;
  if (model === undefined || model === null || model === '') return variant && (VIDEO_VARIANTS.get(variant) ?? null);
  const family = typeof model === 'string' ? VIDEO_FAMILIES.get(model) : undefined;
  return family === undefined ? null : (VIDEO_VARIANTS.get(variant ?? family) ?? null);
}

/** Which vocabulary a model word belongs to, null when it says nothing. */
export function modelVocabulary(model: unknown): Vocabulary | null {
  if (typeof model !== 'string' || model === '') return null;
  if (GITHUB_MODEL.test(model)) return 'github';
  return IMAGE_MODELS.has(model) || EXACT_VIDEO_MODELS.has(model) || VIDEO_FAMILIES.has(model) ? 'wiki' : null;
}

export type BackendVideoMode = 'text_to_video' | 'start_image' | 'start_end_image';

/** The backend's mode for the frames that are sent (an unknown mode there silently ignores the frames). */
export function backendVideoMode(hasStart: boolean, hasEnd: boolean): BackendVideoMode {
  if (!hasStart) return 'text_to_video';
  return hasEnd ? 'start_end_image' : 'start_image';
}

export type NodeVideoMode = 'frames' | 'text';

/** What a video node's `properties.mode` asks for; absent means frames, null is a mode we can't send. */
export function nodeVideoMode(mode: unknown): NodeVideoMode | null {
  if (mode === undefined || mode === null || mode === '' || mode === 'frames-to-video') return 'frames';
  if (mode === 'image-to-video' || mode === 'start_image' || mode === 'start_end_image') return 'frames';
  return mode === 'text-to-video' || mode === 'text_to_video' ? 'text' : null;
}

/** `720p`, `1080p`, `4K` as the backend spells them; null when unknown. */
export function videoResolution(resolution: unknown): string | null {
  if (typeof resolution !== 'string') return null;
  const text = resolution.toLowerCase();
  if (text === '720p' || text === '1080p') return text;
  return text === '4k' ? '4K' : null;
}
