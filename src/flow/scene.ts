/** Names that people use: scene numbers, slugs, account selectors (D27, D29). All file names made here are legal on Windows. */

// The word `scene`, then a number of up to four digits and perhaps one letter: `Scene 03`, `scene03`, `SCENE 3:`, `Scene_9a`.
const SCENE = /(?<![\p{L}\p{N}])scene[\s_#.:-]*(\d{1,4})([a-z])?(?![\p{L}\p{N}])/iu;
// The short form needs two digits, so that `S3` of a bucket or a size is no scene.
const SHORT_SCENE = /(?<![\p{L}\p{N}])S(\d{2,3})([a-z])?(?![\p{L}\p{N}])/u;
const SCENE_SELECTOR = /^(?:scene[\s_-]*|s)?(\d{1,4})([a-z])?$/i;
const KIND_PREFIX =
  /^(?:generate|gen|veo ?3?|image|img|video|clip|nano ?banana(?: ?2)?|image gen|video gen)\s*(?::|\s[—–-]\s)\s*/iu;
const RESERVED = /^(?:con|prn|aux|nul|conin|conout|com\d|lpt\d)$/;
const SLUG_LENGTH = 60;

/** Folder names of our own that lie beside the tab folders, and the slug of a name without letters and digits. */
export const RESERVED_FOLDERS: readonly string[] = ['candidates', 'untitled'];

/** The scene number in a title, at least two digits, its letter in lower case: `03`, `09a`, `120`; null without one. */
export function sceneOf(title: string): string | null {
  const match = SCENE.exec(title) ?? SHORT_SCENE.exec(title);
  if (!match) return null;
  return String(Number(match[1])).padStart(2, '0') + (match[2] ?? '').toLowerCase();
}

/** Does `--scene 9` mean this scene? `9` is 09 and all its letters, `9a` only 09a; never 10 or 19. */
export function sceneMatches(selector: string, scene: string | null): boolean {
  const wanted = SCENE_SELECTOR.exec(selector.trim());
  const have = /^(\d+)([a-z]?)$/.exec(scene ?? '');
  if (!wanted || !have || Number(wanted[1]) !== Number(have[1])) return false;
  return wanted[2] === undefined || wanted[2].toLowerCase() === have[2];
}

/** Scenes in the order of a storyboard: 9, 9a, 10; nodes without one come last. */
export function compareScenes(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : Number(a > b));
}

/** Does `--account A` mean this tab? Its whole name, its slug, or its last word; case does not matter. */
export function accountMatches(selector: string, tabName: string): boolean {
  const wanted = selector.trim().toLowerCase();
  const name = tabName.trim().toLowerCase();
  if (wanted === '') return false;
  return wanted === name || wanted === name.split(/\s+/).at(-1) || (name !== '' && wanted === slug(name, ''));
}

/**
 * Lower-case letters, digits and hyphens; 1 to 60 UTF-16 units; never a name that Windows reserves. A text without
 * letters and digits gives the slug of `fallback`, and `untitled` when that has none either.
 */
export function slug(text: string, fallback: string): string {
  const clean = hyphenated(text) || hyphenated(fallback) || 'untitled';
  return RESERVED.test(clean) ? `${clean}-x` : clean;
}

/** Whether Windows takes this for a device, with or without an ending (`CON`, `con.2`). */
export function isReserved(name: string): boolean {
  return RESERVED.test((name.split('.')[0] ?? '').trimEnd().normalize('NFKD').toLowerCase());
}

function hyphenated(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f'’]/gu, '')
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '-')
    .replace(/^-+/, '')
    .slice(0, SLUG_LENGTH)
    .replace(/[\ud800-\udbff]$/, '')
    .replace(/-+$/, '');
}

/** The title without the word for its kind in front: `Generate: Naturopath at desk` -> `Naturopath at desk`. */
export function withoutKindPrefix(title: string): string {
  let rest = title.trim();
  for (let next = rest.replace(KIND_PREFIX, ''); next !== rest; next = rest.replace(KIND_PREFIX, '')) rest = next;
  return rest === '' ? title.trim() : rest;
}
