/** What a media node's `imageData` is (D25). */

export type Reference =
  | { readonly kind: 'url'; readonly url: string }
  /** Relative to the project root, forward slashes, inside it. */
  | { readonly kind: 'local'; readonly path: string }
  /** The picture's own bytes, as a data URI or bare base64. */
  | { readonly kind: 'embedded' }
  | { readonly kind: 'invalid'; readonly reason: string };

/** Longer strings of base64 letters only are no path; PatchWork's own limit for embedded data is the same. */
const EMBEDDED_LENGTH = 1024;

/** Reads `imageData`: http(s), or a path that stays inside the project; everything else is told apart for the message. */
export function readReference(data: unknown): Reference {
  if (typeof data !== 'string') return { kind: 'invalid', reason: 'that is no text' };
  const text = data.trim();
  if (/^data:/i.test(text)) return { kind: 'embedded' };
  if (text.length > EMBEDDED_LENGTH && /^[A-Za-z0-9+/=\s]+$/.test(text)) return { kind: 'embedded' };
  if (/^https?:/i.test(text)) {
    return /^https?:\/\/[^\s/]\S*$/i.test(text)
      ? { kind: 'url', url: text }
      : { kind: 'invalid', reason: 'the link is not whole' };
  }
  if (/^[a-z]:/i.test(text)) return { kind: 'invalid', reason: 'a drive letter means this one computer only' };
  if (/^[a-z][a-z\d+.-]*:/i.test(text)) return { kind: 'invalid', reason: 'only http and https links can be fetched' };
  return readPath(text);
}

function readPath(text: string): Reference {
  const invalid = (reason: string): Reference => ({ kind: 'invalid', reason });
  if (/^[\\/]/.test(text)) return invalid('an absolute path means this one computer only');
  if (text === '' || text.includes('\0') || /[\r\n]/.test(text)) return invalid('that is no path');
  // Past the beginning too: `./C:/a.png` would be another drive to Windows.
  if (text.includes(':')) return invalid('a path inside the project has no colon');
  const parts: string[] = [];
  for (const part of text.split(/[\\/]/)) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return invalid('the path leads out of the project');
  }
  if (parts.length === 0 || /[\\/]$/.test(text)) return invalid('that names a folder');
  return { kind: 'local', path: parts.join('/') };
}
