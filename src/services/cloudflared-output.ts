/** Reads what cloudflared logs: the public address in its box, and what it complained about last. */
import { z } from 'zod';

/** Lines that the box is made of: `+-----+` above and below. */
const EDGE = /\+-{10,}\+\s*$/;
/** The address stands alone between the bars; links in other lines lead to manuals and to Cloudflare's own API. */
const BOXED = /\|\s*(https?:\/\/[^\s|]+)\s*\|\s*$/;
const PREFIX = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)\s+(?<level>[A-Z]{3})\s+/;
const COLOURS = /\u001b\[[0-9;]*m/g;
const COMPLAINTS = new Set(['ERR', 'FTL', 'PNC', 'error', 'fatal', 'panic']);
/** A line longer than this is no banner; a program that never ends its line must not fill the memory. */
const LONGEST_LINE = 64 * 1024;

const jsonLineSchema = z.object({ level: z.string().nullable().default(null), message: z.string() });

interface LogLine {
  readonly level: string | null;
  readonly message: string;
}

export class CloudflaredOutput {
  private rest = '';
  private inBox = false;
  private last = '';
  private complaint = '';

  /** Takes the next piece as it comes; answers an address when its line is complete. */
  push(text: string): string | null {
    const lines = (this.rest + text).split(/\r?\n/);
    this.rest = (lines.pop() ?? '').slice(-LONGEST_LINE);
    const found = lines.map((line) => this.read(line)).filter((url) => url !== null);
    return found.at(-1) ?? null;
  }

  /** The latest complaint, else the latest line: what to show when it died. */
  get lastWords(): string {
    return this.complaint || (this.rest && readLine(this.rest).message) || this.last;
  }

  private read(line: string): string | null {
    const { level, message } = readLine(line);
    if (EDGE.test(message)) {
      this.inBox = !this.inBox;
      return null;
    }
    const url = this.inBox ? BOXED.exec(message)?.[1] : undefined;
    if (url !== undefined && URL.canParse(url)) return url.replace(/\/+$/, '');
    if (message) this.last = message;
    // Without a level: what it writes to the terminal right before it gives up.
    if (message && !this.inBox && (level === null || COMPLAINTS.has(level))) this.complaint = message;
    return null;
  }
}

/** Text lines as people see them, or JSON ones (`--output json`, which a config file may ask for). */
function readLine(line: string): LogLine {
  const plain = line.replace(COLOURS, '').trim();
  const json = plain.startsWith('{') ? jsonLineSchema.safeParse(parseJson(plain)) : null;
  if (json?.success) return json.data;
  const prefix = PREFIX.exec(plain);
  return { level: prefix?.groups?.['level'] ?? null, message: prefix ? plain.slice(prefix[0].length).trim() : plain };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
