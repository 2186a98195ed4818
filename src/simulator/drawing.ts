/** The look of a simulated picture, as SVG: a soft landscape, the prompt on a card, labels. Pure text, no pixels. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A square in which a reference's thumbnail goes. */
export interface Spot {
  readonly left: number;
  readonly top: number;
  readonly size: number;
}

/** What a picture says. `colours` are at least eight bytes that choose its palette. */
export interface Caption {
  readonly prompt: string;
  readonly badge: string;
  readonly label: string;
  readonly colours: Buffer;
}

const FONT = "font-family='DejaVu Sans, Segoe UI, Helvetica, Arial, sans-serif'";
const MOST_LINES = 7;

const SIZES: Readonly<Record<string, Size>> = {
  '1:1': { width: 576, height: 576 },
  '3:4': { width: 504, height: 672 },
  '4:3': { width: 672, height: 504 },
  '9:16': { width: 432, height: 768 },
  '16:9': { width: 768, height: 432 },
};

export function pictureSize(aspectRatio: string): Size {
  return SIZES[aspectRatio] ?? { width: 576, height: 576 };
}

/** Where thumbnails go: a row under the labels, smaller the more there are. */
export function thumbnailSpots(size: Size, count: number): readonly Spot[] {
  const gap = 16;
  const room = size.width - 2 * 24 - (count - 1) * gap;
  const side = Math.floor(Math.min(size.height * 0.26, 190, count > 0 ? room / count : room));
  const left = Math.round((size.width - count * side - (count - 1) * gap) / 2);
  return Array.from({ length: count }, (_, i) => ({ left: left + i * (side + gap), top: 76, size: side }));
}

/** The whole picture but for the thumbnails, for which it leaves white frames. */
export function drawPicture(size: Size, caption: Caption, spots: readonly Spot[]): string {
  const hue = (((caption.colours[0] ?? 0) * 256 + (caption.colours[1] ?? 0)) / 65536) * 360;
  const frames = spots.map(
    (s) =>
      `<rect x='${s.left - 5}' y='${s.top - 5}' width='${s.size + 10}' height='${s.size + 10}' rx='10' fill='#fff'/>`,
  );
  return [
    `<svg xmlns='http://www.w3.org/2000/svg' width='${size.width}' height='${size.height}'>`,
    landscape(size, hue, caption.colours),
    labels(size, caption, hue),
    ...frames,
    card(size, caption.prompt),
    '</svg>',
  ].join('');
}

function landscape({ width: w, height: h }: Size, hue: number, colours: Buffer): string {
  const at = (i: number): number => (colours[i] ?? 128) / 255;
  const tone = (shift: number, s: number, l: number): string => `hsl(${Math.round(hue + shift) % 360},${s}%,${l}%)`;
  const hill = (i: number, top: number, fill: string): string =>
    `<path fill='${fill}' d='M0 ${r(h * (top + 0.1 * at(i)))} Q ${r(w * (0.2 + 0.2 * at(i + 1)))} ${r(h * (top - 0.08))} ` +
    `${r(w * 0.55)} ${r(h * (top + 0.06))} T ${w} ${r(h * (top + 0.02 * at(i)))} V ${h} H 0 Z'/>`;
  // Few flat colours instead of gradients: they look calm, and make small and quick PNG files.
  return [
    `<rect width='${w}' height='${h}' fill='${tone(0, 55, 84)}'/>`,
    `<rect width='${w}' height='${r(h * 0.3)}' fill='${tone(-12, 50, 79)}'/>`,
    `<circle cx='${r(w * (0.25 + 0.5 * at(2)))}' cy='${r(h * 0.5)}' r='${r(Math.min(w, h) * 0.2)}' fill='${tone(40, 85, 92)}'/>`,
    hill(3, 0.54, tone(18, 42, 70)),
    hill(4, 0.62, tone(32, 42, 55)),
    hill(5, 0.74, tone(48, 46, 38)),
  ].join('');
}

function labels(size: Size, caption: Caption, hue: number): string {
  const ink = `hsl(${Math.round(hue)},45%,22%)`;
  const pill = 22 + caption.badge.length * 13;
  return (
    `<rect x='20' y='20' width='${pill}' height='36' rx='18' fill='${ink}'/>` +
    `<text x='${20 + pill / 2}' y='45' ${FONT} font-size='20' font-weight='bold' fill='#fff' text-anchor='middle'>` +
    `${xml(caption.badge)}</text>` +
    `<text x='${size.width - 22}' y='44' ${FONT} font-size='15' fill='${ink}' text-anchor='end'>${xml(caption.label)}</text>`
  );
}

function card(size: Size, prompt: string): string {
  const fontSize = 18;
  const lines = wrap(prompt, Math.floor((size.width - 80) / (fontSize * 0.55)), MOST_LINES);
  const height = lines.length * 25 + 34;
  const top = size.height - height - 22;
  const spans = lines.map((line, i) => `<tspan x='40' y='${top + 35 + i * 25}'>${xml(line)}</tspan>`);
  return (
    `<rect x='20' y='${top}' width='${size.width - 40}' height='${height}' rx='16' fill='#fff' fill-opacity='0.92'/>` +
    `<text ${FONT} font-size='${fontSize}' fill='#222'>${spans.join('')}</text>`
  );
}

/** Breaks a text into lines of at most `width` characters; what does not fit ends in an ellipsis. */
export function wrap(text: string, width: number, most: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  const words = text.split(/\s+/).flatMap((word) => pieces(word, width));
  for (const word of words) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (Array.from(longer).length <= width) {
      line = longer;
      continue;
    }
    lines.push(line);
    line = word;
  }
  lines.push(line);
  if (lines.length <= most) return lines;
  const last = Array.from(lines[most - 1] ?? '');
  return [...lines.slice(0, most - 1), last.slice(0, width - 1).join('') + '…'];
}

function pieces(word: string, width: number): readonly string[] {
  const characters = Array.from(word);
  if (characters.length <= width) return [word];
  const count = Math.ceil(characters.length / width);
  return Array.from({ length: count }, (_, i) => characters.slice(i * width, (i + 1) * width).join(''));
}

function r(value: number): number {
  return Math.round(value);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&apos;',
  '"': '&quot;',
};

/** Escapes text for XML and drops the control characters that XML can't hold. */
export function xml(text: string): string {
  return Array.from(Buffer.from(text).toString())
    .filter((c) => c >= ' ' && c !== '\ufffe' && c !== '\uffff')
    .map((c) => ENTITIES[c] ?? c)
    .join('');
}
