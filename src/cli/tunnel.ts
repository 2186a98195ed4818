/** `nbflow tunnel`: keeps a public address for G-Labs open until Ctrl-C, and lets later runs use it. */
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { BackendError } from '../clients/backend-error';
import type { GLabsClient } from '../clients/glabs';
import { createGLabsClient } from '../clients/glabs';
import { serverAddress } from '../config';
import { FlowError } from '../flow/errors';
import type { TunnelProcess } from '../services/cloudflared';
import { findCloudflared, startCloudflared } from '../services/cloudflared';
import { homeFolders } from '../services/home';
import { forgetTunnel, rememberedServers, rememberServers } from '../services/remembered-servers';
import type { Look, TunnelEvent, TunnelPorts } from '../services/tunnel';
import { keepTunnel } from '../services/tunnel';
import { claimTunnel } from '../services/tunnel-claim';
import type { OutputOptions } from './output';
import { say } from './output';
import { printTunnelEvent } from './tunnel-words';

export interface TunnelOptions extends OutputOptions {
  readonly url: string;
  readonly cloudflared?: string;
}

/** Cloudflare's own answer when it knows the name but has no tunnel for it. */
const NO_SUCH_TUNNEL = 530;
const LOCAL_PATIENCE_MS = 3_000;

/** Answers 0 after Ctrl-C, its usual end. Throws FlowError: 2, 4 (no cloudflared) or 7 (a tunnel runs already). */
export async function tunnelCommand(options: TunnelOptions): Promise<number> {
  const target = checkTarget(options.url);
  const { env } = process;
  const program = await findCloudflared(options.cloudflared, env);
  const home = homeFolders(env);
  const claim = await claimTunnel(home);
  const before = (await rememberedServers()).remembered;
  const glabs = createGLabsClient({ key: () => null });
  const urls = new Set<string>();
  let current: TunnelProcess | null = null;
  const tell = (event: TunnelEvent): void => {
    if (event.event === 'started' && event.pid) claim.note(event.pid, null);
    if (event.event === 'url') {
      urls.add(event.url);
      if (current?.pid) claim.note(current.pid, event.url);
    }
    printTunnelEvent(event, options);
  };
  const ports: TunnelPorts = {
    launch: () => (current = startCloudflared({ program, target, env, log: join(home.logs, 'tunnel.log') })),
    look: (url, signal) => look(glabs, url, signal),
    announce: async (servers) => {
      await rememberServers(servers, 'tunnel');
      await (await import('./server.js')).moveRunning(servers);
    },
    tell,
    sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
    now: () => performance.now(),
  };
  const stop = untilSignal(() => current?.kill());
  try {
    await sayBeforehand(glabs, target, stop);
    await keepTunnel(target, ports, stop);
  } finally {
    await forgetTunnel(urls, before);
    await claim.release();
    await glabs.close();
  }
  say('The tunnel is closed, and runs use the address of before.');
  return 0;
}

/** The first signal asks cloudflared to end, the next one does not ask. */
function untilSignal(kill: () => void): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) kill();
      else stop.abort();
    });
  }
  return stop.signal;
}

/** What would make the tunnel useless, said before it is opened; neither is a reason not to. */
async function sayBeforehand(glabs: GLabsClient, target: string, stop: AbortSignal): Promise<void> {
  if (process.env['GLABS_SERVER']) {
    say('GLABS_SERVER is set in the environment: runs started from here use that one, not the tunnel.');
    say('  → To let them use the tunnel: unset GLABS_SERVER');
  }
  const found = await look(glabs, target, AbortSignal.any([stop, AbortSignal.timeout(LOCAL_PATIENCE_MS)]));
  if (stop.aborted) return;
  if (found.answers) return warnIfOpen(glabs, target, stop);
  say(`G-Labs does not answer at ${target} (${found.reason}). The tunnel is opened all the same.`);
  say('  → Start G-Labs: its Webhook tab, button Start');
}

/** Our client has no key here: what it may read, everybody may, and with it spend. */
async function warnIfOpen(glabs: GLabsClient, target: string, stop: AbortSignal): Promise<void> {
  try {
    await glabs.tasks(target, AbortSignal.any([stop, AbortSignal.timeout(LOCAL_PATIENCE_MS)]));
  } catch {
    return;
  }
  say('G-Labs asks for no API key: whoever learns the public address can generate at your cost.');
  say('  → Set a key in its Webhook tab, and GLABS_API_KEY for nbflow');
}

async function look(glabs: GLabsClient, url: string, signal: AbortSignal): Promise<Look> {
  try {
    await glabs.health(url, signal);
    return { answers: true };
  } catch (error) {
    if (!(error instanceof BackendError)) return { answers: false, reason: 'no answer in time', gone: false };
    return { answers: false, reason: error.message, gone: error.status === NO_SUCH_TUNNEL };
  }
}

function checkTarget(url: string): string {
  const parsed = serverAddress.safeParse(url);
  if (parsed.success) return url.replace(/\/+$/, '');
  throw new FlowError('Usage', `--url: ${parsed.error.issues[0]?.message ?? 'is no address'}`, 2, [
    'For instance: nbflow tunnel --url http://localhost:8765',
  ]);
}
