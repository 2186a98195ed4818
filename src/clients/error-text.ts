/** One line for a person out of whatever a server, a tunnel or the network said. */
import { errorSchema, parseBody } from './glabs-schemas';

const LONGEST = 200;

/** JSON's `error`, a page's title (Cloudflare's 52x pages), or the text itself; one line, at most 200 characters. */
export function summarize(body: string): string {
  const told = parseBody(errorSchema, body)?.error;
  if (told) return oneLine(told);
  const title = /<title[^>]*>([\s\S]*?)<\/title>/i.exec(body)?.[1];
  if (title) return oneLine(title.replace(/\s*\|\s*/g, ' | '));
  return oneLine(body.replace(/<(style|script)[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]+>/g, ' '));
}

interface Told {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
}

/** The system's or library's own code of a failed request (`ECONNREFUSED`, `UND_ERR_HEADERS_TIMEOUT`). */
export function errnoOf(error: unknown): string {
  for (let at = error as Told | undefined, depth = 0; at && depth < 5; at = at.cause as Told | undefined, depth++) {
    if (typeof at.code === 'string') return at.code;
  }
  const name = (error as Told | undefined)?.name;
  return typeof name === 'string' ? name : 'unknown';
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'no such host (name service does not answer)',
  EHOSTUNREACH: 'no way to the host',
  ENETUNREACH: 'no network',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped in the middle',
};

/** What went wrong on the way, in words where we have some. */
export function messageOf(error: unknown): string {
  const known = WORDS[errnoOf(error)];
  if (known) return known;
  const message = (error as Told | undefined)?.message;
  return oneLine(typeof message === 'string' && message !== '' ? message : errnoOf(error));
}

/** Shorter ones may be a part of any word; no service gives out such keys. */
const SHORTEST_SECRET = 6;

/** What a server said, without a secret that it may quote: these words go into history, logs and files. */
export function withoutSecrets(text: string, secrets: readonly (string | null)[]): string {
  const told = secrets.filter((secret) => secret !== null && secret.length >= SHORTEST_SECRET) as string[];
  return told.reduce((left, secret) => left.replaceAll(secret, '(secret)'), text);
}

function oneLine(text: string): string {
  const line = text
    .replace(/&nbsp;/g, ' ')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}
