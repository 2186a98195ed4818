/** Keeps a tunnel to G-Labs open: starts cloudflared, tells its address, looks after it, starts it again when it dies. */
import { countDeaths } from './backoff';
import type { TunnelProcess } from './cloudflared';

/** Cloudflare limits how often an address may be asked for, so this is slower than restarts of our own servers. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** Asking for an address takes seconds; after a minute none will come. */
const ADDRESS_BOUND_MS = 60_000;
/** A fresh address takes seconds to be known to name servers, and who asks too soon may be told "no" for longer. */
const FIRST_LOOKS_MS = [1_500, 1_000, 2_000, 3_000, 5_000, 5_000, 5_000, 5_000];
const LOOK_EVERY_MS = 15_000;
const LOOK_PATIENCE_MS = 10_000;
/** Cloudflare says so many times in a row that it knows no such tunnel any more: cloudflared will not notice. */
const GONE_LOOKS = 4;

/** What a look through the tunnel found. */
export type Look =
  | { readonly answers: true }
  /** `gone`: Cloudflare answers that there is no such tunnel (530), which is not the fault of G-Labs or the network. */
  | { readonly answers: false; readonly reason: string; readonly gone: boolean };

export type TunnelEvent =
  | { readonly event: 'started'; readonly target: string; readonly pid: number | null }
  | { readonly event: 'url'; readonly url: string; readonly servers: readonly string[] }
  /** G-Labs answers through it (again). */
  | { readonly event: 'answers'; readonly url: string }
  /** It does not; the tunnel is left as it is. */
  | { readonly event: 'silent'; readonly url: string; readonly reason: string }
  | { readonly event: 'down'; readonly url: string | null; readonly reason: string }
  | { readonly event: 'restarting'; readonly inMs: number }
  | { readonly event: 'not-announced'; readonly url: string; readonly reason: string };

/** Everything a tunnel does outside itself; tests bring their own. */
export interface TunnelPorts {
  launch(): TunnelProcess;
  look(url: string, signal: AbortSignal): Promise<Look>;
  /** Tells whoever uses G-Labs its addresses, in order of preference. */
  announce(servers: readonly string[], signal: AbortSignal): Promise<void>;
  tell(event: TunnelEvent): void;
  /** Resolves early, never rejects, when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Milliseconds of a clock that never goes back. */
  now(): number;
}

/** Pause before a restart; `deaths` counts the short lives in a row, from 1. */
export function tunnelPause(deaths: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (deaths - 1));
}

/** Resolves when it was stopped and cloudflared is gone. */
export async function keepTunnel(target: string, ports: TunnelPorts, stop: AbortSignal): Promise<void> {
  let deaths = 0;
  while (!stop.aborted) {
    const bornAt = ports.now();
    const { url, reason } = await liveOnce(target, ports, stop);
    if (stop.aborted) return;
    ports.tell({ event: 'down', url, reason });
    // Without an address it was no good life, however long: asking again and again is what Cloudflare limits.
    deaths = countDeaths(deaths, url === null ? 0 : ports.now() - bornAt);
    const inMs = tunnelPause(deaths);
    ports.tell({ event: 'restarting', inMs });
    await ports.sleep(inMs, stop);
  }
}

interface Life {
  readonly url: string | null;
  readonly reason: string;
}

async function liveOnce(target: string, ports: TunnelPorts, stop: AbortSignal): Promise<Life> {
  const process = ports.launch();
  const over = new AbortController();
  const signal = AbortSignal.any([stop, over.signal]);
  let watching: Promise<string> | null = null;
  try {
    ports.tell({ event: 'started', target, pid: process.pid ?? null });
    const url = await addressOf(process, ports, signal);
    if (typeof url !== 'string') return { url: null, reason: url.failed };
    ports.tell({ event: 'url', url, servers: [url, target] });
    watching = watch(url, target, ports, signal);
    return { url, reason: await Promise.race([process.ended, watching]) };
  } finally {
    over.abort();
    await process.stop();
    await watching;
  }
}

async function addressOf(
  process: TunnelProcess,
  ports: TunnelPorts,
  signal: AbortSignal,
): Promise<string | { readonly failed: string }> {
  const patience = new AbortController();
  const bound = ports.sleep(ADDRESS_BOUND_MS, AbortSignal.any([signal, patience.signal]));
  const answer = await Promise.race([
    process.url,
    process.ended.then((failed) => ({ failed })),
    bound.then(() => ({ failed: `it told no address within ${ADDRESS_BOUND_MS / 1_000} s` })),
  ]);
  patience.abort();
  return answer;
}

/** Looks through the tunnel for as long as it lives; answers only when it should be started again, or is aborted. */
async function watch(url: string, target: string, ports: TunnelPorts, signal: AbortSignal): Promise<string> {
  let answered: boolean | null = null;
  let announced = false;
  let gone = 0;
  for (let looks = 0; ; looks++) {
    await ports.sleep(FIRST_LOOKS_MS[looks] ?? LOOK_EVERY_MS, signal);
    if (signal.aborted) return 'stopped';
    const found = await ports.look(url, AbortSignal.any([signal, AbortSignal.timeout(LOOK_PATIENCE_MS)]));
    if (signal.aborted) return 'stopped';
    // A fresh tunnel that does not answer yet is nothing to talk about.
    const settled = found.answers || answered !== null || looks + 1 >= FIRST_LOOKS_MS.length;
    if (!settled) continue;
    if (found.answers !== answered) tellLook(url, found, ports);
    answered = found.answers;
    // Also when nothing answers: it is the address to be, and this machine's own stands behind it.
    if (!announced) announced = await announce([url, target], ports, signal);
    gone = !found.answers && found.gone ? gone + 1 : 0;
    if (gone >= GONE_LOOKS) return 'Cloudflare does not know this tunnel any more';
  }
}

function tellLook(url: string, found: Look, ports: TunnelPorts): void {
  ports.tell(found.answers ? { event: 'answers', url } : { event: 'silent', url, reason: found.reason });
}

/** Answers true when nothing is left to be told; else it is tried again after the next look. */
async function announce(servers: readonly string[], ports: TunnelPorts, signal: AbortSignal): Promise<boolean> {
  try {
    await ports.announce(servers, signal);
    return true;
  } catch (error) {
    if (!signal.aborted)
      ports.tell({ event: 'not-announced', url: servers[0] ?? '', reason: (error as Error).message });
    return false;
  }
}
