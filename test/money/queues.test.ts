import { Queues } from '../../src/money/queues';

test('work of one key is done one after the other, of different keys side by side', async () => {
  const queues = new Queues();
  const said: string[] = [];
  let open: () => void = () => undefined;
  const door = new Promise<void>((resolve) => (open = resolve));
  const first = queues.alone('a', async () => {
    await door;
    said.push('first');
  });
  const second = queues.alone('a', () => Promise.resolve(void said.push('second')));
  await queues.alone('b', () => Promise.resolve(void said.push('other')));
  open();
  await Promise.all([first, second]);
  expect(said).toEqual(['other', 'first', 'second']);
});

test('a failure lets the next one in', async () => {
  const queues = new Queues();
  await expect(queues.alone('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(queues.alone('a', () => Promise.resolve('in'))).resolves.toBe('in');
});
