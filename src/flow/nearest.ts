/** What somebody may have meant by a name or a number that does not exist. */
import leven from 'leven';

/** Share of a name that must be right; below it a suggestion would only be odd. */
const ALIKE = 0.4;

/**
 * The name that is fewest typing errors away; of equal ones the one whose letters and digits are nearest, so that `V0-9`
 * means `V0-4` rather than `V0-1`. Upper and lower case count as the same. Null when none is like it.
 */
export function nearestName(asked: string, names: readonly string[]): string | null {
  const ranked = [...new Set(names)]
    .map((name) => ({ name, edits: leven(folded(asked), folded(name)), gap: gap(folded(asked), folded(name)) }))
    .filter(({ name, edits }) => isAlike(asked, name, edits))
    .sort((a, b) => a.edits - b.edits || a.gap - b.gap);
  return ranked[0]?.name ?? null;
}

/** The nearest of some numbers, the lower of two that are equally far; null when there is none. */
export function nearestNumber(asked: number, numbers: readonly number[]): number | null {
  const ranked = [...numbers].sort((a, b) => Math.abs(a - asked) - Math.abs(b - asked) || a - b);
  return ranked[0] ?? null;
}

/** The nearest scene as it is typed, `5` or `9a`, to a selector such as `8`, `scene 08` or `9b`. */
export function nearestScene(asked: string, scenes: readonly string[]): string | null {
  const wanted = sceneParts(asked);
  if (!wanted) return null;
  const known = scenes.flatMap((scene) => sceneParts(scene) ?? []);
  const number = nearestNumber(
    wanted.number,
    known.map((one) => one.number),
  );
  const letters = known.filter((one) => one.number === number).map(({ letter }) => letter);
  if (number === null) return null;
  return `${number}${letters.sort((a, b) => gap(a, wanted.letter) - gap(b, wanted.letter))[0] ?? ''}`;
}

/** `1-5, 9a, 10`: scenes or rows as they are typed, runs of numbers together, each once, in order. */
export function listed(values: readonly (string | number)[]): string {
  const parts = values.flatMap((value) => sceneParts(String(value)) ?? []);
  const sorted = parts.sort((a, b) => a.number - b.number || (a.letter < b.letter ? -1 : 1));
  const runs: { first: string; last: string; next: string }[] = [];
  for (const { number, letter } of sorted) {
    const name = `${number}${letter}`;
    const run = runs.at(-1);
    if (run?.last === name) continue;
    if (run?.next === name) Object.assign(run, { last: name, next: String(number + 1) });
    else runs.push({ first: name, last: name, next: letter === '' ? String(number + 1) : '' });
  }
  return runs.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join(', ');
}

function sceneParts(text: string): { readonly number: number; readonly letter: string } | null {
  const [, digits, letter = ''] = /^(?:scene[\s_-]*|s)?(\d{1,9})([a-z])?$/i.exec(text.trim()) ?? [];
  return digits === undefined ? null : { number: Number(digits), letter: letter.toLowerCase() };
}

/** Single letters have nothing in common, and are names all the same: accounts A to E. */
function isAlike(asked: string, name: string, edits: number): boolean {
  const length = Math.max(asked.length, name.length);
  return (length - edits) / length > ALIKE || (asked.length === 1 && name.length === 1);
}

function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** How far two texts are apart, letter by letter. */
function gap(a: string, b: string): number {
  let sum = 0;
  for (let i = 0; i < Math.max(a.length, b.length); i++)
    sum += Math.abs((a.codePointAt(i) ?? 0) - (b.codePointAt(i) ?? 0));
  return sum;
}
