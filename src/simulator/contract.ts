/**
 * What G-Labs' webhook server accepts: its limits, its words, and how it reads a request body. It is forgiving in a way
 * that costs its users money (unknown words fall back in silence), and so are we.
 */
import { z } from 'zod';

export type GenerationType = 'image' | 'video';

/** Bytes of a request body; above this 413. */
export const MAX_BODY_BYTES = 52_428_800;
/** Decoded references smaller than this are skipped. */
export const MIN_REFERENCE_BYTES = 100;
export const MAX_REFERENCES: Readonly<Record<GenerationType, number>> = { image: 10, video: 3 };
/** Finished tasks that are remembered; older ones answer 404. */
export const FINISHED_TASKS_KEPT = 200;
export const LISTED_TASKS = 50;
export const LISTED_PROMPT_CHARACTERS = 50;

const MODELS: Readonly<Record<GenerationType, readonly string[]>> = {
  image: ['nano_banana_2', 'nano_banana_pro', 'nano_banana_2_lite', 'imagen4', 'nano_banana'],
  video: ['veo_31_fast', 'veo_31_lite', 'veo_31_quality', 'veo_31_lite_relaxed', 'veo_31_fast_relaxed', 'omni_flash'],
};
const RATIOS: Readonly<Record<GenerationType, readonly string[]>> = {
  image: ['1:1', '3:4', '4:3', '9:16', '16:9'],
  video: ['16:9', '9:16'],
};
const UPSCALES = ['2K', '4K'];
const RESOLUTIONS = ['720p', '1080p', '4K'];
/** How many references each video mode looks at. */
const MODE_REFERENCES: Readonly<Record<string, number>> = {
  text_to_video: 0,
  start_image: 1,
  start_end_image: 2,
  components: MAX_REFERENCES.video,
};

/** One generation as the backend understood it: every silent fallback already happened. */
export interface Job {
  readonly type: GenerationType;
  /** Null when the request had none: accepted all the same, then failed. */
  readonly prompt: string | null;
  readonly model: string;
  readonly aspectRatio: string;
  /** `image` for pictures, else one of the four video modes. */
  readonly mode: string;
  /** Decoded bytes of the references that are really used. */
  readonly references: readonly Buffer[];
  /** One file each: `''` for the plain picture, `2K`, `720p` and so on. */
  readonly variants: readonly string[];
  /** Length of a clip. */
  readonly seconds: number;
}

const words = z.array(z.string()).catch([]);
const bodySchema = z.looseObject({
  prompt: z.string().trim().min(1).nullable().catch(null),
  model: z.string().catch(''),
  aspect_ratio: z.string().catch(''),
  mode: z.string().catch(''),
  reference_images: z.array(z.unknown()).catch([]),
  upscale: words,
  resolution: words,
  video_length: z.coerce.number().catch(8),
});
const referenceSchema = z.union([z.string(), z.looseObject({ data: z.string() }).transform((entry) => entry.data)]);

/** Reads a request body the forgiving way of the backend; null when it is no JSON object. */
export function readJob(type: GenerationType, text: string): Job | null {
  const body = parseBody(text);
  if (body === null) return null;
  const mode = type === 'image' ? 'image' : body.mode in MODE_REFERENCES ? body.mode : 'text_to_video';
  const used = type === 'image' ? MAX_REFERENCES.image : (MODE_REFERENCES[mode] ?? 0);
  return {
    type,
    prompt: body.prompt,
    model: known(MODELS[type], body.model),
    aspectRatio: known(RATIOS[type], body.aspect_ratio),
    mode,
    references: decodeReferences(body.reference_images, used),
    variants: type === 'image' ? ['', ...among(UPSCALES, body.upscale)] : resolutions(body.resolution),
    seconds: [4, 6, 8].includes(body.video_length) ? body.video_length : 8,
  };
}

function parseBody(text: string): z.infer<typeof bodySchema> | null {
  try {
    const parsed = bodySchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** The first known word is the backend's default. */
function known(words: readonly string[], word: string): string {
  return words.includes(word) ? word : (words[0] ?? word);
}

function among(words: readonly string[], asked: readonly string[]): readonly string[] {
  return words.filter((word) => asked.includes(word));
}

function resolutions(asked: readonly string[]): readonly string[] {
  const wanted = among(RESOLUTIONS, asked);
  return wanted.length > 0 ? wanted : ['720p'];
}

function decodeReferences(entries: readonly unknown[], most: number): readonly Buffer[] {
  const decoded: Buffer[] = [];
  for (const entry of entries) {
    if (decoded.length === most) break;
    const data = referenceSchema.safeParse(entry);
    if (!data.success) continue;
    const bytes = Buffer.from(data.data.replace(/^data:[^,]*,/, ''), 'base64');
    if (bytes.length >= MIN_REFERENCE_BYTES) decoded.push(bytes);
  }
  return decoded;
}

/** The first characters of a prompt, as the task listing shows them; counted in code points, as Python does. */
export function listedPrompt(prompt: string, dots: boolean): string {
  const characters = Array.from(prompt);
  if (characters.length <= LISTED_PROMPT_CHARACTERS) return prompt;
  return characters.slice(0, LISTED_PROMPT_CHARACTERS).join('') + (dots ? '...' : '');
}

/**
 * File name of a result: number, beginning of the prompt, ending. Percent signs, commas and letters of any script stay,
 * as in the real ones (`001_100%_organic,_....png`); what a Windows file name can't hold becomes `_`.
 */
export function resultName(n: number, job: Job, variant: string): string {
  const start = Array.from(job.prompt ?? '').slice(0, 40);
  const safe = start.map((c) => (c.charCodeAt(0) < 33 || '<>:"/\\|?*'.includes(c) ? '_' : c)).join('');
  const suffix = variant === '' || variant === '720p' ? '' : `_${variant}`;
  return `${String(n).padStart(3, '0')}_${safe}${suffix}.${job.type === 'image' ? 'png' : 'mp4'}`;
}

/** Percent-encodes a file name as Python's `quote` does: also `!'()*`, which `encodeURIComponent` leaves. */
export function encodeName(name: string): string {
  const escape = (c: string): string => `%${c.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(Buffer.from(name).toString()).replace(/[!'()*]/g, escape);
}
