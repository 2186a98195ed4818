/** Required into a measured program: at its end it leaves the processor time of all its threads, in seconds, in a file. */
import { writeFileSync } from 'node:fs';

const file = process.env['NBFLOW_BENCH_CPU'];
if (file !== undefined) {
  process.on('exit', () => {
    const { user, system } = process.cpuUsage();
    writeFileSync(file, String((user + system) / 1e6));
  });
}
