/** `npm run bench [-- --quick]`: measures, prints a table beside the targets, saves it. Asserts nothing about time. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join, relative } from 'node:path';
import { moneyRow, returnRows } from './deaths';
import { Rig } from './rig';
import type { Row } from './rows';
import { cachedRow, largeRows, overheadRow, passRows } from './rows';

const RESULTS = join(process.cwd(), 'bench', 'results');

async function measure(quick: boolean): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const note = (made: readonly Row[]): void => {
    rows.push(...made);
    for (const one of made) console.log(line(one));
  };
  console.log(['figure'.padEnd(28), 'measured'.padStart(10), 'target'.padStart(10), '        note'].join(' '));
  // Each group has servers of its own, so that what one leaves behind is not measured by the next.
  await withRig(async (rig) => {
    note(await passRows(rig, quick ? 2 : 5));
    note([await overheadRow(rig, quick ? 2 : 5)]);
    note([await cachedRow(rig, quick ? 2 : 7)]);
  });
  await withRig(async (rig) => note(await returnRows(rig, quick ? 3 : 10)));
  await withRig(async (rig) => note([await moneyRow(rig, quick ? 4 : 10)]));
  await withRig(async (rig) => note(await largeRows(rig, quick ? 2 : 5)));
  return rows;
}

let open: Rig | null = null;

async function withRig(work: (rig: Rig) => Promise<void>): Promise<void> {
  const rig = new Rig();
  open = rig;
  try {
    const up = await rig.cli(rig.base, ['up']);
    if (up.code !== 0) throw new Error(up.stderr);
    await work(rig);
  } finally {
    open = null;
    await rig.close();
  }
}

function line({ name, value, target, unit, note }: Row): string {
  const number = (figure: number): string => `${figure.toFixed(unit === 'x' ? 3 : unit === 's' ? 1 : 0)} ${unit}`;
  const verdict = value <= target ? 'ok    ' : 'missed';
  return [name.padEnd(28), number(value).padStart(10), `<= ${number(target)}`.padStart(12), verdict, note].join(' ');
}

async function main(): Promise<void> {
  const quick = process.argv.includes('--quick');
  const onSignal = (): void => void open?.close().finally(() => process.exit(130));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const rows = await measure(quick);
  mkdirSync(RESULTS, { recursive: true });
  const cpu = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`;
  const machine = `${cpu}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${release()}`;
  const saved = { version: 1, at: new Date().toISOString(), node: process.version, machine, quick, rows };
  // A quick look never replaces the measured result that is kept with the code.
  const file = join(RESULTS, quick ? 'local-quick.json' : 'latest.json');
  writeFileSync(file, `${JSON.stringify(saved, null, 2)}\n`);
  console.log(`Saved: ${relative(process.cwd(), file)}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
