/** What `nbflow tunnel` says: the address large on stdout, the rest on stderr; with --json one object per line. */
import type { TunnelEvent } from '../services/tunnel';
import type { OutputOptions } from './output';
import { result, say } from './output';

export function printTunnelEvent(event: TunnelEvent, { json, verbose }: OutputOptions): void {
  if (json) {
    result(JSON.stringify({ version: 1, ...event, at: new Date().toISOString() }));
    return;
  }
  if (event.event === 'url') banner(event.url).forEach((line) => result(line));
  else lines(event, verbose ?? false).forEach((line) => say(line));
}

function banner(url: string): string[] {
  const edge = '─'.repeat(url.length + 4);
  return [
    '',
    `  ┌${edge}┐`,
    `  │  ${url}  │`,
    `  └${edge}┘`,
    '  Put it into PatchWork: Settings → API → G-Labs Server URL',
    '',
  ];
}

function lines(event: Exclude<TunnelEvent, { event: 'url' }>, verbose: boolean): string[] {
  switch (event.event) {
    case 'started':
      return [`Opening a tunnel to ${event.target}…${verbose ? ` (process ${event.pid ?? 'none'})` : ''}`];
    case 'answers':
      return ['G-Labs answers through the tunnel. Runs, also those under way, use it from now on; Ctrl-C closes it.'];
    case 'silent':
      return [
        `G-Labs does not answer through the tunnel: ${event.reason}`,
        '  → Is G-Labs started? (its Webhook tab, button Start) It is tried again every 15 s.',
      ];
    case 'down':
      return [`The tunnel${event.url ? ` ${event.url}` : ''} is down: ${event.reason}`, ...hints(event.reason)];
    case 'restarting':
      return [`It is opened again in ${event.inMs / 1_000} s, under a new address.`];
    case 'not-announced':
      return [
        `The new address could not be passed on: ${event.reason}`,
        `  → Name it yourself meanwhile: --server ${event.url}`,
      ];
  }
}

/** Complaints of cloudflared whose cause is not to be guessed from their words. */
function hints(reason: string): string[] {
  if (/\b(429|1015)\b|too many requests/i.test(reason))
    return ['  → Cloudflare gives only so many addresses in a while: wait, it is asked again by itself.'];
  if (/no such host|dial tcp|network is unreachable/i.test(reason))
    return ['  → Is this machine on the internet? It is tried again by itself.'];
  if (/config\.ya?ml|configuration file/i.test(reason))
    return ['  → A config file of cloudflared is in the way: rename ~/.cloudflared/config.yml for the time.'];
  return [];
}
