/** docs/failures.md, written from the tables that decide. */
import { failureAdvice, failureText } from '../../src/flow/advice';
import type { FailureClass } from '../../src/flow/failure-classes';
import { FAILURES, failureClass } from '../../src/flow/failure-classes';
import type { FailureType } from '../../src/flow/failure-classes';
import type { Evidence } from '../../src/flow/failure-evidence';
import { FAILED_CALLS, FAILED_TASKS, REFUSED_SUBMITS, SHORT_LIMIT_MS } from '../../src/flow/failure-evidence';

const INTRODUCTION = `# What can fail, and what happens then

Written from \`src/flow/failure-evidence.ts\` and \`src/flow/failure-classes.ts\` by a test, which fails when this page is behind
them. Everything is decided by numbers and names: the texts of G-Labs follow the language of its window.`;

/** The whole page, not yet laid out by prettier. */
export function failuresPage(): string {
  const limit = `${SHORT_LIMIT_MS / 60_000} minutes`;
  return [
    INTRODUCTION,
    '## A paying request',
    'These answers prove that nothing was taken, so nothing was paid. Whatever else comes back (a connection that breaks, another status, an answer that can’t be read) may have been paid for: G-Labs is asked for its tasks before anything is sent again.',
    table(
      ['answer', 'class', 'why'],
      [
        ['no connection came about', '`Backend.Unreachable`', 'not one byte left'],
        ...statusRows(REFUSED_SUBMITS),
        [`429, lifts within ${limit}, or says neither`, '`Backend.Busy`', 'a limit that lifts soon'],
        [`429, lifts later, or with error code 429`, '`Backend.Quota`', 'the day’s quota'],
      ],
    ),
    '## Any other call',
    'Health, the list of tasks, polls, downloads: free to repeat. Blips of a few seconds are waited out in place.',
    table(
      ['answer', 'class', 'why'],
      [
        ['none', '`Backend.Unreachable`', 'refused, no such host, broken off, too slow'],
        ...statusRows(FAILED_CALLS),
        ['429', 'as above', ''],
        ['below 400, but not what G-Labs says', '`Backend.Unexpected`', 'something else answers there'],
        ['any other', '`Backend.Unreachable`', 'an outage, whoever tells it'],
      ],
    ),
    '## A task that failed',
    'By its `error_code`. The text beside it is shown and decides nothing, but for a 400, which G-Labs gives for two things: the name of a status (`INVALID_ARGUMENT`) is a request that was wrong, a sentence is the safety filter.',
    table(
      ['code', 'class', 'tries per candidate and pass', 'why'],
      [
        ...byType(FAILED_TASKS).map(([codes, one]) => [codes, `\`${one.type}\``, String(one.tries), one.because]),
        ['400 with the name of a status', '`Generation.Failed`', String(FAILED_TASKS[400]?.tries), 'often clears'],
        ['any other, or none', `\`${FAILED_TASKS[500]?.type}\``, String(FAILED_TASKS[500]?.tries), ''],
      ],
    ),
    '## Classes',
    'What the pass does, the words, and what to do. `…` is what G-Labs or the system said.',
    ...(Object.keys(FAILURES) as FailureType[]).map(classSection),
    '',
  ].join('\n\n');
}

/** Every sentence and every piece of advice, as a person reads them. */
export function spoken(type: FailureType): readonly string[] {
  return [failureText(type, '…'), ...failureAdvice(type, { file: 'FILE' })];
}

function classSection(type: FailureType): string {
  const [sentence, ...next] = spoken(type);
  return [
    `### ${type}`,
    handlingWords(failureClass(type)),
    `> ${sentence}`,
    next.map((line) => `- ${line}`).join('\n'),
  ].join('\n\n');
}

function handlingWords({ handling, delay }: FailureClass): string {
  switch (handling) {
    case 'retry':
      return `Tried again${delay === undefined ? '' : ` after ${delay}`}, as long as it takes.`;
    case 'gate':
      return 'The pass waits until it is over, then goes on by itself.';
    case 'final':
      return 'The node ends with it; what does not need it goes on. The next run takes it up again.';
  }
}

function statusRows(table: Readonly<Record<number, Evidence>>): readonly string[][] {
  return byType(table).map(([statuses, { type, because }]) => [statuses, `\`${type}\``, because]);
}

/** Rows that say the same are one. */
function byType<T extends Evidence>(table: Readonly<Record<number, T>>): readonly [string, T][] {
  const rows = new Map<string, [string, T]>();
  for (const [status, row] of Object.entries(table)) {
    const key = JSON.stringify(row);
    const before = rows.get(key);
    rows.set(key, [before ? `${before[0]}, ${status}` : status, row]);
  }
  return [...rows.values()];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
