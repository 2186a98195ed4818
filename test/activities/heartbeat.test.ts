import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common';
import { withHeartbeat } from '../../src/activities/heartbeat';
import { quietEnvironment } from './node-rig';

const SPENT = { paid: 2, adopted: 0, lost: 0, reused: 0 };
const endless = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));

test('the first beat comes at once', async () => {
  const env = quietEnvironment();
  const beats: unknown[] = [];
  env.on('heartbeat', (details) => beats.push(details));
  expect(
    await env.run(() =>
      withHeartbeat(
        () => 'beat',
        () => Promise.resolve('done'),
      ),
    ),
  ).toBe('done');
  expect(beats).toEqual(['beat']);
});

test('a cancelled activity says what it cost until then', async () => {
  const env = quietEnvironment();
  const running = env.run(() =>
    withHeartbeat(
      () => null,
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
  const running = env.run(() => withHeartbeat(() => null, endless));
  env.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true }));
  await expect(running).rejects.toMatchObject({ type: 'Worker.Stopping', nonRetryable: false, nextRetryDelay: '1 ms' });
});

test('a failure of the work is passed on as it is', async () => {
  const bug = new Error('a bug');
  await expect(
    quietEnvironment().run(() =>
      withHeartbeat(
        () => null,
        () => Promise.reject(bug),
      ),
    ),
  ).rejects.toBe(bug);
});
