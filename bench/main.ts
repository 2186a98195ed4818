/** `npm run bench [-- --quick] [--only returns,money]`: measures, prints a table beside the targets, saves it. Asserts nothing about time. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join, relative } from 'node:path';
import { moneyRow, returnRows } from './deaths';
import { recoveryRows } from './recovery';
import { Rig } from './rig';
import type { Row } from './rows';
import { cachedRow, largeRows, overheadRow, passRows } from './rows';

const RESULTS = join(process.cwd(), 'bench', 'results');

type Group = (rig: Rig, quick: boolean, note: (made: readonly Row[]) => void) => Promise<void>;

/** Each group has servers of its own, so that what one leaves behind is not measured by the next. */
const GROUPS: Readonly<Record<string, Group>> = {
  passes: async (rig, quick, note) => {
    note(await passRows(rig, quick ? 2 : 5));
    note([await overheadRow(rig, quick ? 2 : 5)]);
    note([await cachedRow(rig, quick ? 2 : 7)]);
  },
  returns: async (rig, quick, note) => note(await returnRows(rig, quick ? 3 : 20)),
  money: async (rig, quick, note) => note([await moneyRow(rig, quick ? 4 : 10)]),
  recovery: async (rig, quick, note) => note(await recoveryRows(rig, quick ? 2 : 7)),
  large: async (rig, quick, note) => note(await largeRows(rig, quick ? 2 : 5)),
};

async function measure(groups: readonly Group[], quick: boolean): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const note = (made: readonly Row[]): void => {
    rows.push(...made);
    for (const one of made) console.log(line(one));
  };
  console.log(['figure'.padEnd(28), 'measured'.padStart(10), 'target'.padStart(10), '        note'].join(' '));
  for (const group of groups) await withRig((rig) => group(rig, quick, note));
  return rows;
}

/** `--only returns,money`: those groups; their rows take the place of the kept ones. */
function chosenGroups(args: readonly string[]): readonly string[] {
  const at = args.indexOf('--only');
  const names = at < 0 ? Object.keys(GROUPS) : (args[at + 1] ?? '').split(',');
  const unknown = names.find((name) => !Object.hasOwn(GROUPS, name));
  if (unknown !== undefined) throw new Error(`no group "${unknown}"; there are: ${Object.keys(GROUPS).join(', ')}`);
  return names;
}

function keptRows(file: string, except: readonly Row[]): readonly Row[] {
  const fresh = new Set(except.map(({ name }) => name));
  const kept = JSON.parse(readFileSync(file, 'utf8')) as { readonly rows: readonly Row[] };
  return kept.rows.filter(({ name }) => !fresh.has(name));
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
  const names = chosenGroups(process.argv);
  const rows = await measure(
    names.map((name) => GROUPS[name] as Group),
    quick,
  );
  mkdirSync(RESULTS, { recursive: true });
  const cpu = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`;
  const machine = `${cpu}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${release()}`;
  // A quick look never replaces the measured result that is kept with the code.
  const file = join(RESULTS, quick ? 'local-quick.json' : 'latest.json');
  const whole = quick || names.length === Object.keys(GROUPS).length;
  const all = whole ? rows : [...keptRows(file, rows), ...rows];
  const saved = { version: 1, at: new Date().toISOString(), node: process.version, machine, quick, rows: all };
  writeFileSync(file, `${JSON.stringify(saved, null, 2)}\n`);
  console.log(`Saved: ${relative(process.cwd(), file)}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
