/**
 * What G-Labs is sent for one generation, and the part of a prompt by which its listing shows it again. References go
 * without `name`: a name would bind to an `@word` in the prompt (D9).
 */
import { FlowError } from './errors';
import { slottedSources } from './fingerprint';
import { backendVideoMode } from './models';
import type { BackendVideoMode } from './models';
import type { Generator, GeneratorRow } from './types';

export interface ImageRequest {
  readonly prompt: string;
  readonly model: string;
  readonly aspect_ratio: string;
  /** Base64 without a data URI's head, slot order. */
  readonly reference_images: readonly string[];
}

export interface VideoRequest {
  readonly prompt: string;
  readonly model: string;
  readonly aspect_ratio: string;
  readonly mode: BackendVideoMode;
  /** The start frame, then the end frame. */
  readonly reference_images: readonly string[];
  /** One entry: the backend makes a file per entry. */
  readonly resolution: readonly string[];
  /** Seconds; only newer backends know it, and 8 is their default. */
  readonly video_length?: 4 | 6;
}

/** The listing of G-Labs cuts prompts here. */
const PREFIX_LENGTH = 50;
/** G-Labs skips smaller references in silence, and the picture would be made without them. */
const MIN_REFERENCE_BYTES = 100;

/** The body for `POST /api/image/generate`. Throws `Reference.Missing` when a reference would not reach the backend. */
export function buildImageRequest(generator: Generator, row: GeneratorRow, encoded: readonly string[]): ImageRequest {
  checkReferences(generator, row, encoded);
  return {
    prompt: row.prompt,
    model: generator.model,
    aspect_ratio: generator.aspectRatio,
    reference_images: encoded,
  };
}

/** The body for `POST /api/video/generate`. Throws `Reference.Missing` as above, or for an end frame alone (D23). */
export function buildVideoRequest(generator: Generator, row: GeneratorRow, encoded: readonly string[]): VideoRequest {
  checkReferences(generator, row, encoded);
  return {
    prompt: row.prompt,
    model: generator.model,
    aspect_ratio: generator.aspectRatio,
    mode: videoMode(row),
    reference_images: encoded,
    resolution: [videoResolution(generator.resolution)],
    ...videoLength(generator.durationSeconds),
  };
}

/** First 50 code points of a prompt: what a listing shows at most, however it counts. */
export function promptPrefix(prompt: string): string {
  return Array.from(prompt).slice(0, PREFIX_LENGTH).join('');
}

/**
 * First 50 UTF-16 units: the coarsest form of the prefix. Two prompts that a listing could confuse have the same one, so
 * this, and not `promptPrefix`, is the key of "one unanswered submit at a time".
 */
export function prefixLockKey(prompt: string): string {
  return wholeCharacters(prompt.slice(0, PREFIX_LENGTH));
}

/** Whether a listed prompt may be this one (or this `promptPrefix`), cut by code points or UTF-16 units (D16). */
export function samePrefix(listed: string, prompt: string): boolean {
  const units = prompt.slice(0, PREFIX_LENGTH);
  const whole = wholeCharacters(units);
  // A cut through a surrogate pair arrives as a lone half, as U+FFFD, or is dropped.
  const cuts = [promptPrefix(prompt), units, whole, ...(whole === units ? [] : [`${whole}\uFFFD`])];
  if (cuts.includes(listed)) return true;
  if (prompt.length < PREFIX_LENGTH) return false;
  return cuts.some((cut) => listed.startsWith(cut) && /^(?:\.{1,3}|…)$/u.test(listed.slice(cut.length)));
}

function wholeCharacters(text: string): string {
  return /[\uD800-\uDBFF]$/.test(text) ? text.slice(0, -1) : text;
}

function videoMode(row: GeneratorRow): BackendVideoMode {
  if (!row.startFrame && row.endFrame) {
    throw new FlowError('Reference.Missing', 'A clip has an end frame but no start frame; G-Labs would ignore it.', 3);
  }
  return backendVideoMode(row.startFrame !== null, row.endFrame !== null);
}

/** The node says `4k`, the backend `4K`; 720p is the backend's default. */
function videoResolution(resolution: string | null): string {
  if (resolution === null || resolution === '') return '720p';
  return resolution.toLowerCase() === '4k' ? '4K' : resolution;
}

function videoLength(seconds: string | null): { readonly video_length?: 4 | 6 } {
  if (seconds === '4') return { video_length: 4 };
  return seconds === '6' ? { video_length: 6 } : {};
}

function checkReferences(generator: Generator, row: GeneratorRow, encoded: readonly string[]): void {
  const wanted = slottedSources(generator, row).length;
  if (encoded.length !== wanted) {
    const message = `${generator.title}: expected ${wanted} references in the request, got ${encoded.length}.`;
    throw new FlowError('Reference.Missing', message, 3);
  }
  const small = encoded.findIndex((data) => data.length * 0.75 < MIN_REFERENCE_BYTES);
  if (small >= 0) {
    const message = `${generator.title}: reference ${small + 1} is smaller than ${MIN_REFERENCE_BYTES} bytes; G-Labs would leave it out in silence.`;
    throw new FlowError('Reference.Missing', message, 3);
  }
}
