import { ReferenceCache } from '../../src/activities/references';

function counting(fail: () => boolean = () => false): { cache: ReferenceCache; asked: string[] } {
  const asked: string[] = [];
  const cache = new ReferenceCache((url) => {
    asked.push(url);
    if (fail()) return Promise.reject(new Error('away'));
    return Promise.resolve({ bytes: Buffer.from(url), sha256: `sha ${url}`, contentType: null });
  }, 2);
  return { cache, asked };
}

test('a picture is downloaded once per pass, however many ask at once', async () => {
  const { cache, asked } = counting();
  const [one, two] = await Promise.all([cache.get('p', 'u'), cache.get('p', 'u')]);
  expect(one).toBe(two);
  expect(one).toEqual({ sha256: 'sha u', base64: Buffer.from('u').toString('base64') });
  await cache.get('q', 'u');
  expect(asked).toEqual(['u', 'u']);
});

test('a failure is not remembered', async () => {
  let away = true;
  const { cache } = counting(() => away);
  await expect(cache.get('p', 'u')).rejects.toThrow('away');
  away = false;
  await expect(cache.get('p', 'u')).resolves.toMatchObject({ sha256: 'sha u' });
});

test('the oldest one goes when there are too many', async () => {
  const { cache, asked } = counting();
  for (const url of ['a', 'b', 'c', 'c', 'a']) await cache.get('p', url);
  expect(asked).toEqual(['a', 'b', 'c', 'a']);
});
