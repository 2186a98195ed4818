/** Entry of the detached supervisor process: `node supervisor-main.js`, with NBFLOW_HOME in its environment. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { tryLock } from '../files/lock';
import { currentProcess } from '../files/process-identity';
import { openControlServer } from './control-server';
import { homeFolders, makeHome } from './home';
import { clearState, readControl, writeControl } from './state';
import { Supervisor } from './supervisor';

function log(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}

async function main(): Promise<void> {
  const home = homeFolders();
  await makeHome(home);
  // Two starts at once: the lock decides, the other one leaves and its caller finds the first.
  const lock = await tryLock(join(home.run, 'supervisor.lock'), { extra: { role: 'supervisor' } });
  if (!('release' in lock)) return log(`process ${lock.heldBy?.identity.pid ?? '(unknown)'} supervises already`);

  // The token outlives a killed supervisor, so that a worker of its can be known again by its settings' tags.
  const token = readControl(home)?.token ?? randomBytes(32).toString('hex');
  const supervisor = new Supervisor(home, token);
  await supervisor.open();
  const leave = async (): Promise<void> => {
    clearState(home);
    await lock.release();
    process.exit(0);
  };
  const { port } = await openControlServer(supervisor, token, () => void leave());
  writeControl(home, { port, token, identity: currentProcess() });
  log(`process ${process.pid} supervises ${home.root}`);

  // The terminal closing is no reason to leave; the machine going down is.
  process.on('SIGHUP', () => log('the terminal is gone'));
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      log(`${name}: stopping`);
      void supervisor.stop().then(leave);
    });
  }
}

process.on('unhandledRejection', (error) => log(`unexpected: ${error instanceof Error ? error.stack : String(error)}`));
main().catch((error: unknown) => {
  log(`can't start: ${(error as Error).stack}`);
  process.exitCode = 1;
});
