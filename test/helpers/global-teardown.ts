/** After the tests on real servers, failed or not: nothing of theirs runs any more. */
import { endHomesOf } from './machine';

async function globalTeardown(): Promise<void> {
  await endHomesOf(process.pid);
}

module.exports = globalTeardown;
