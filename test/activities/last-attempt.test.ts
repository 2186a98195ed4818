import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { beatOf, noteInterruption } from '../../src/activities/last-attempt';
import { readInterruptions } from '../../src/files/interruption-log';
import { currentProcess } from '../../src/files/process-identity';
import type { Interruption } from '../../src/flow/interruption';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'nbflow-attempt-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const self = currentProcess();
const dead = { ...self, startedAt: 'ticks:1' };
const elsewhere = { ...self, host: 'another machine' };
type Ended = 'failed' | 'stopped' | null;

async function noted(attempt: number, details: unknown): Promise<readonly Interruption[]> {
  const receiptsDir = join(dir, 'v0-1', 'receipts');
  const env = new MockActivityEnvironment({ attempt, heartbeatDetails: details });
  await env.run(() => noteInterruption({ receiptsDir }, { pass: 'p1', step: 'node', node: 'Scene 06' }));
  return readInterruptions(receiptsDir, 'p1');
}

const beat = (by: typeof self, ended: Ended): object => ({ stage: 'generating', beat: { ...beatOf(ended), by } });

test.each<[string, typeof self, Ended, Interruption['how']]>([
  ['its process is dead and never said that it ended', dead, null, 'killed'],
  ['its worker was told to stop', dead, 'stopped', 'stopped'],
  ['a worker that stops lives a little longer', self, 'stopped', 'stopped'],
  ['of another machine only the silence is known', elsewhere, null, 'silent'],
])('%s', async (_, by, ended, how) => {
  const [one, ...others] = await noted(2, beat(by, ended));
  expect([one, others]).toEqual([expect.objectContaining({ pass: 'p1', step: 'node', node: 'Scene 06', how }), []]);
  expect(Date.parse(one?.resumed ?? '')).toBeGreaterThanOrEqual(Date.parse(one?.since ?? ''));
});

test.each<[string, number, unknown]>([
  ['the first attempt has none before it', 1, beat(dead, null)],
  ['it failed by itself, whatever became of its worker', 2, beat(dead, 'failed')],
  ['its worker lives: a newer attempt pushed it aside', 2, beat(self, null)],
  ['it never beat', 2, undefined],
  ['it beat as an older version did', 2, { stage: 'generating' }],
])('no interruption: %s', async (_, attempt, details) => {
  expect(await noted(attempt, details)).toEqual([]);
});
