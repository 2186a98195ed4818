import { PrefixGates } from '../../src/activities/prefix-gates';

const blocked = (holder: string): Error => new Error(`held by ${holder}`);

test('work of one key is done one after the other, of different keys side by side', async () => {
  const gates = new PrefixGates();
  const said: string[] = [];
  let open: () => void = () => undefined;
  const door = new Promise<void>((resolve) => (open = resolve));
  const first = gates.alone('a', 'one', blocked, async () => {
    await door;
    said.push('first');
  });
  const second = gates.alone('a', 'two', blocked, () => Promise.resolve(void said.push('second')));
  await gates.alone('b', 'three', blocked, () => Promise.resolve(void said.push('other')));
  open();
  await Promise.all([first, second]);
  expect(said).toEqual(['other', 'first', 'second']);
});

test('a failure lets the next one in', async () => {
  const gates = new PrefixGates();
  await expect(gates.alone('a', 'one', blocked, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(gates.alone('a', 'two', blocked, () => Promise.resolve('in'))).resolves.toBe('in');
});

test('a lost answer keeps other nodes out until it is settled, and its own node never', async () => {
  const gates = new PrefixGates();
  gates.markUnresolved('a', 'one');
  await expect(gates.alone('a', 'two', blocked, () => Promise.resolve())).rejects.toThrow('held by one');
  await expect(gates.alone('a', 'one', blocked, () => Promise.resolve('in'))).resolves.toBe('in');
  gates.resolved('a', 'two');
  await expect(gates.alone('a', 'two', blocked, () => Promise.resolve())).rejects.toThrow('held by one');
  gates.resolved('a', 'one');
  await expect(gates.alone('a', 'two', blocked, () => Promise.resolve('in'))).resolves.toBe('in');
});

test('a lost answer that nobody asks for any more does not stand in the way for ever', async () => {
  let now = 0;
  const gates = new PrefixGates(() => now);
  gates.markUnresolved('a', 'one');
  now = 11 * 60_000;
  await expect(gates.alone('a', 'two', blocked, () => Promise.resolve('in'))).resolves.toBe('in');
});
