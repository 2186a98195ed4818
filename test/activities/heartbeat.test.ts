import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common';
import { withHeartbeat } from '../../src/activities/heartbeat';
import { currentProcess } from '../../src/files/process-identity';
import { quietEnvironment } from './node-rig';

const SPENT = { paid: 2, adopted: 0, lost: 0, reused: 0 };
const endless = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));

const by = currentProcess();
const beat = (ended: 'failed' | 'stopped' | null): object => ({
  beat: { by, at: expect.any(String) as string, ended },
});

test('the first beat comes at once, and says whose it is', async () => {
  const env = quietEnvironment();
  const beats: unknown[] = [];
  env.on('heartbeat', (details) => beats.push(details));
  expect(
    await env.run(() =>
      withHeartbeat(
        () => ({ stage: 'opening' }),
        () => Promise.resolve('done'),
      ),
    ),
  ).toBe('done');
  expect(beats).toEqual([{ stage: 'opening', ...beat(null) }]);
});

test('a cancelled activity says what it cost until then', async () => {
  const env = quietEnvironment();
  const running = env.run(() =>
    withHeartbeat(
      () => ({}),
      endless,
      () => Promise.resolve(SPENT),
    ),
  );
  env.cancel();
  await expect(running).rejects.toThrow(CancelledFailure);
  await expect(running).rejects.toMatchObject({ details: [SPENT] });
});

test('a worker that stops gives its activity back to be tried again at once', async () => {
  const env = quietEnvironment();
  const beats: unknown[] = [];
  env.on('heartbeat', (details) => beats.push(details));
  const running = env.run(() => withHeartbeat(() => ({}), endless));
  env.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true }));
  await expect(running).rejects.toMatchObject({ type: 'Worker.Stopping', nonRetryable: false, nextRetryDelay: '1 ms' });
  expect(beats).toEqual([beat(null), beat('stopped')]);
});

test('a failure of the work is passed on as it is', async () => {
  const bug = new Error('a bug');
  await expect(
    quietEnvironment().run(() =>
      withHeartbeat(
        () => ({}),
        () => Promise.reject(bug),
      ),
    ),
  ).rejects.toBe(bug);
});
