import { runTogether } from '../src/worker';

interface Fake {
  run: () => Promise<void>;
  shutdown: () => void;
  getState: () => 'RUNNING' | 'STOPPED';
  end: (error?: Error) => void;
  stopped: number;
}

function fake(): Fake {
  let state: 'RUNNING' | 'STOPPED' = 'RUNNING';
  let end: Fake['end'] = () => undefined;
  const done = new Promise<void>((resolve, reject) => (end = (error) => (error ? reject(error) : resolve())));
  const worker: Fake = {
    run: () => done.finally(() => (state = 'STOPPED')),
    shutdown: () => {
      worker.stopped++;
      end();
    },
    getState: () => state,
    end: (error) => end(error),
    stopped: 0,
  };
  return worker;
}

test('when one half fails the other is stopped, and the failure is told', async () => {
  const [passes, generations] = [fake(), fake()];
  const running = runTogether([passes, generations]);
  generations.end(new Error('poll refused'));
  await expect(running).rejects.toThrow('poll refused');
  expect([passes.stopped, generations.stopped]).toEqual([1, 0]);
});

test('two halves that were told to stop end in peace', async () => {
  const [passes, generations] = [fake(), fake()];
  const running = runTogether([passes, generations]);
  passes.end();
  generations.end();
  await expect(running).resolves.toBeUndefined();
});
