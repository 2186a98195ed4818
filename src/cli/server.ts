/** `nbflow server URL [FILE…]`: G-Labs has another address; running passes and later runs use it. */
import { BackendError } from '../clients/backend-error';
import { createGLabsClient } from '../clients/glabs';
import type { GLabsClient } from '../clients/glabs';
import { serverAddress } from '../config';
import { FlowError } from '../flow/errors';
import { rememberServers } from '../services/remembered-servers';
import { setServerUpdate } from '../workflows/steer-updates';
import { loadSettings } from '../config';
import { projectRootOf } from './context';
import { runningPasses } from './find-pass';
import type { RunningPasses } from './find-pass';
import { askProgress } from './follow';
import type { OutputOptions } from './output';
import { jsonResult, result, say } from './output';
import { tellPass } from './steer';

export interface ServerOptions extends OutputOptions {
  readonly force?: boolean;
}

const PATIENCE_MS = 10_000;
const PATCHWORK = 'Put it into PatchWork as well: Settings → API → G-Labs Server URL';

/** Throws FlowError: 2 for what is no address, 4 when nothing answers there and `--force` is not given. */
export async function serverCommand(url: string, names: readonly string[], options: ServerOptions): Promise<number> {
  const server = checkAddress(url);
  const settings = loadSettings(projectRootOf(process.cwd()), process.env);
  const glabs = createGLabsClient({ key: () => settings.glabsKey });
  try {
    if (!(options.force ?? false)) await mustAnswer(glabs, server);
    if (names.length === 0) await rememberServers([server], 'server');
    const running = await runningOrNone(names);
    const warnings = await tell(running, server, glabs);
    report(server, names, { ...warnings, options });
    return 0;
  } finally {
    await glabs.close();
  }
}

interface Told {
  readonly passes: readonly string[];
  /** Passes whose work was sent to another G-Labs, in words. */
  readonly strangers: readonly string[];
}

async function tell(running: RunningPasses | null, server: string, glabs: GLabsClient): Promise<Told> {
  const passes: string[] = [];
  const strangers: string[] = [];
  if (!running) return { passes, strangers };
  try {
    for (const workflowId of running.workflowIds) {
      const before = (await askProgress({ connected: running.connected, workflowId }))?.progress.servers ?? [];
      const answer = await tellPass(running.connected, workflowId, setServerUpdate, { servers: [server] });
      if (!answer) continue;
      passes.push(workflowId);
      for (const old of before) {
        const stranger = old === server ? null : await isAnother(glabs, old, server);
        if (stranger) strangers.push(stranger);
      }
    }
  } finally {
    await running.close();
  }
  return { passes, strangers: [...new Set(strangers)] };
}

/** Words when both answer and are not the same G-Labs: one has been up longer, and they know different tasks. */
async function isAnother(glabs: GLabsClient, before: string, now: string): Promise<string | null> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    const [a, b, tasksA, tasksB] = await Promise.all([
      glabs.health(before, signal),
      glabs.health(now, signal),
      glabs.tasks(before, signal),
      glabs.tasks(now, signal),
    ]);
    const sameStart = a.uptime === null || b.uptime === null || Math.abs(a.uptime - b.uptime) <= 2;
    const known = new Set(tasksA.map(({ taskId }) => taskId));
    const share = tasksB.some(({ taskId }) => known.has(taskId));
    if (share || (sameStart && tasksA.length === tasksB.length)) return null;
    return `${now} is another G-Labs than ${before}, which still answers.`;
  } catch {
    // One that is silent can't be compared; what was sent to it is looked for there first in any case.
    return null;
  }
}

async function mustAnswer(glabs: GLabsClient, server: string): Promise<void> {
  try {
    await glabs.health(server, AbortSignal.timeout(PATIENCE_MS));
  } catch (error) {
    const why = error instanceof BackendError ? error.trouble : `no answer in time at ${server}`;
    throw new FlowError('Backend.Unreachable', `Nothing was changed: ${why}.`, 4, [
      'Start G-Labs (its Webhook tab, button Start) or the tunnel, then type it again.',
      `To use the address all the same: nbflow server ${server} --force`,
    ]);
  }
}

async function runningOrNone(names: readonly string[]): Promise<RunningPasses | null> {
  try {
    return await runningPasses(names);
  } catch (error) {
    if (names.length === 0 && error instanceof FlowError && error.type === 'Temporal.Unreachable') return null;
    throw error;
  }
}

/** For a tunnel's new address: tells all running passes; nothing happens where no server runs. */
export async function moveRunning(servers: readonly string[]): Promise<void> {
  const running = await runningOrNone([]);
  if (!running) return;
  try {
    for (const workflowId of running.workflowIds)
      await tellPass(running.connected, workflowId, setServerUpdate, { servers });
  } finally {
    await running.close();
  }
}

function report(
  server: string,
  names: readonly string[],
  { passes, strangers, options }: Told & { readonly options: OutputOptions },
): void {
  const remembered = names.length === 0;
  if (options.json) return jsonResult({ server, remembered, passes, warnings: strangers, next: [PATCHWORK] });
  if (remembered) result(`Runs use ${server} from now on.`);
  for (const workflowId of passes) result(`${workflowId}: goes on with ${server}.`);
  for (const words of strangers) {
    say(`warning: ${words}`);
    say('  → What was sent to the old one is looked for there first: leave it running until this pass is done.');
  }
  if (remembered && process.env['GLABS_SERVER']) {
    say('GLABS_SERVER is set in the environment: runs started from here use that one.');
    say('  → unset GLABS_SERVER');
  }
  say(`  → ${PATCHWORK}`);
}

function checkAddress(url: string): string {
  const parsed = serverAddress.safeParse(url);
  if (parsed.success) return url.replace(/\/+$/, '');
  throw new FlowError('Usage', `${url}: ${parsed.error.issues[0]?.message ?? 'is no address'}`, 2, [
    'For instance: nbflow server https://the-new-address.trycloudflare.com',
  ]);
}
