/**
 * What JSON.parse lets through and we must not: nesting without end, and a key given twice in an object that we read (the
 * text edit would hit one of the two, the reader the other). One pass over the text; no tree is built.
 */

/** Deeper nesting is no storyboard but a fault, or an attack on recursive readers. */
export const MAX_DEPTH = 500;

export interface ScanFault {
  readonly kind: 'depth' | 'duplicate';
  /** Position in the text, in UTF-16 units. */
  readonly offset: number;
  /** The key, for `duplicate`. */
  readonly key: string;
}

type Zone = 'root' | 'tabs' | 'tab' | 'graph' | 'nodes' | 'node' | 'props' | 'slots' | 'slot' | 'links' | 'link';

// Which value lies where: by key in an object, by `[]` for the elements of a list.
const INSIDE: Readonly<Record<Zone, ReadonlyMap<string, Zone>>> = {
  root: new Map([['tabs', 'tabs']]),
  tabs: new Map([['[]', 'tab']]),
  tab: new Map([['graphData', 'graph']]),
  graph: new Map([
    ['nodes', 'nodes'],
    ['links', 'links'],
  ]),
  nodes: new Map([['[]', 'node']]),
  node: new Map([
    ['properties', 'props'],
    ['inputs', 'slots'],
    ['outputs', 'slots'],
  ]),
  props: new Map(),
  slots: new Map([['[]', 'slot']]),
  slot: new Map(),
  links: new Map([['[]', 'link']]),
  link: new Map(),
};

interface Frame {
  readonly zone: Zone | null;
  /** Keys seen, for objects in a zone; null for lists and for what we don't read. */
  readonly keys: Set<string> | null;
  readonly list: boolean;
  key: string;
}

const QUOTE = 34;
const BACKSLASH = 92;

/** The first fault in the text, null when there is none. The text need not be valid JSON; then only faults before the break count. */
export function scanJson(text: string): ScanFault | null {
  const stack: Frame[] = [];
  let top: Frame | undefined;
  let expectKey = false;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE: {
        const end = stringEnd(text, i);
        if (expectKey && top) {
          expectKey = false;
          top.key = top.zone ? keyText(text, i, end) : '';
          if (top.keys?.has(top.key)) return { kind: 'duplicate', offset: i, key: top.key };
          top.keys?.add(top.key);
        }
        i = end;
        break;
      }
      case 123: // {
      case 91: {
        // [
        if (stack.length >= MAX_DEPTH) return { kind: 'depth', offset: i, key: '' };
        const list = text.charCodeAt(i) === 91;
        const zone = zoneOf(top);
        top = { zone, keys: zone && !list ? new Set() : null, list, key: '' };
        stack.push(top);
        expectKey = !list;
        break;
      }
      case 125: // }
      case 93: // ]
        stack.pop();
        top = stack.at(-1);
        expectKey = false;
        break;
      case 44: // ,
        expectKey = top !== undefined && !top.list;
    }
  }
  return null;
}

function zoneOf(parent: Frame | undefined): Zone | null {
  if (!parent) return 'root';
  if (!parent.zone) return null;
  return INSIDE[parent.zone].get(parent.list ? '[]' : parent.key) ?? null;
}

/** Index of the closing quote; the end of the text when it is missing. */
function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

function keyText(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end);
  if (!raw.includes('\\')) return raw;
  try {
    // `"\u0069d"` is the key `id` too.
    return String(JSON.parse(text.slice(start, end + 1)));
  } catch {
    return raw;
  }
}
