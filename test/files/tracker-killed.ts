/**
 * Run as a process of its own by tracker-csv.test.ts: syncs two workflows that change places, and is killed just before, or just
 * after, a file gets its name. Arguments: folder, how many files get their name, and `after`.
 */
import promises from 'node:fs/promises';
import { CsvTracker } from '../../src/files/tracker-csv';
import { syncTracker } from '../../src/tracker-sync';
import { changingPlaces } from '../helpers/sheets';

const [folder = '', count = '1', when = ''] = process.argv.slice(2);

const real = promises.rename;
let left = Number(count);
promises.rename = async (from, to) => {
  left -= 1;
  if (left === 0 && when !== 'after') process.kill(process.pid, 'SIGKILL');
  await real(from, to);
  if (left === 0) process.kill(process.pid, 'SIGKILL');
};

syncTracker(new CsvTracker(folder), changingPlaces('after'), { dryRun: false }).catch((error: unknown) => {
  process.stderr.write(String(error));
  process.exitCode = 1;
});
