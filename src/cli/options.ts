/** Flags that several commands share, how their values are read, and how a command ends. */
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { reportError } from './output';
import type { OutputOptions } from './output';

/** The flags that say which nodes, and how they are made. */
export function selecting(command: Command): Command {
  return naming(command)
    .option('--server <url...>', 'G-Labs address, in order of preference')
    .option('--concurrency <n>', 'nodes in flight, 1 to 5', wholeNumber)
    .addOption(new Option('--mode <mode>', 'images only, or everything').choices(['images', 'full']).default('full'))
    .option('--no-cache', 'make everything selected afresh (costs the full price)')
    .option('--refresh-stale', 'make clips again whose picture was picked differently since')
    .addOption(
      new Option('--on-lost <what>', 'what to do about tasks that G-Labs forgot')
        .choices(['regenerate', 'ask', 'skip'])
        .default('regenerate'),
    );
}

export function naming(command: Command): Command {
  return plain(command)
    .option('--scene <list>', 'only these scenes, for instance 3,5', commaList)
    .option('--account <list>', 'only these accounts, for instance A', commaList)
    .option('--node <list>', 'only these node ids', numberList)
    .option('--row <list>', 'only these rows of a Dynamic node', numberList);
}

export function plain(command: Command): Command {
  return command
    .option('--json', 'one JSON object on stdout')
    .option('--verbose', 'tell more when something goes wrong');
}

/** The end of a command's help: what can be typed, and what it is for where that is not plain (`''`). */
export function examples(typed: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(typed).map(({ length }) => length));
  const lines = Object.entries(typed).map(([line, what]) => `  ${line.padEnd(width)}  ${what}`.trimEnd());
  return ['', lines.length === 1 ? 'Example:' : 'Examples:', ...lines].join('\n');
}

export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError(`expected a whole number, got "${text}"`);
  return Number(text);
}

/** How stubbornly one candidate is asked for; each try may be paid for. */
export function attempts(text: string): number {
  const count = wholeNumber(text);
  if (count < 1 || count > 10) throw new InvalidArgumentError(`expected a number from 1 to 10, got "${text}"`);
  return count;
}

export function amount(text: string): number {
  if (!/^\d+([.]\d+)?$/.test(text))
    throw new InvalidArgumentError(`expected an amount such as 20 or 12.5, got "${text}"`);
  return Number(text);
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds out of `30m`, `24h`. */
export function duration(text: string): number {
  const [, count = '', unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS[unit] ?? 0);
  if (ms <= 0) throw new InvalidArgumentError(`expected a time such as 30m, 24h or 2d, got "${text}"`);
  return ms;
}

export function commaList(text: string, before: string[] | undefined): string[] {
  return [
    ...(before ?? []),
    ...text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  ];
}

export function numberList(text: string, before: number[] | undefined): number[] {
  return [...(before ?? []), ...commaList(text, []).map(wholeNumber)];
}

export async function finish(options: OutputOptions, action: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await action();
  } catch (error) {
    process.exitCode = reportError(error, options);
  }
}
