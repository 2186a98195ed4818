/**
 * Run as a process of its own by lock.test.ts: takes a lock many times; while holding it, it is alone if nobody else
 * ever creates the witness file. Arguments: lock path, witness path, rounds, and `die` to be killed while holding.
 */
import { appendFileSync, closeSync, openSync, rmSync } from 'node:fs';
import { withLock } from '../../src/files/lock';

const [lock = '', witness = '', rounds = '1', ending = ''] = process.argv.slice(2);

async function contend(): Promise<void> {
  for (let round = 0; round < Number(rounds); round++) {
    await withLock(
      lock,
      async () => {
        // Fails loudly when somebody else is inside.
        closeSync(openSync(witness, 'wx'));
        appendFileSync(`${witness}.log`, `${process.pid}\n`);
        await new Promise((go) => setImmediate(go));
        rmSync(witness);
        if (ending === 'die' && round === Number(rounds) - 1) process.kill(process.pid, 'SIGKILL');
      },
      { waitMs: 60_000 },
    );
  }
}

contend().catch((error: unknown) => {
  process.stderr.write(String(error));
  process.exitCode = 1;
});
