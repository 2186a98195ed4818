/** Base64 of bytes that are long enough to count as a reference; no picture. */
export const PIXEL = Buffer.alloc(120, 7).toString('base64');

/** The path of a result address as a careless client would write it: decoded once, then sent. */
export function decodeName(url: string): string {
  return decodeURIComponent(new URL(url).pathname);
}
