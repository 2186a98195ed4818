import { withoutCredentials } from '../../src/clients/backend-error';
import { moveToServer, retryAfter } from '../../src/clients/glabs-http';

test('moving an address changes its origin and nothing else', () => {
  const path = '/api/files/001_100%25_%2C%E4.jpg?x=%20';
  expect(moveToServer(`http://0.0.0.0:8765${path}`, 'https://a.trycloudflare.com/')).toBe(
    `https://a.trycloudflare.com${path}`,
  );
});

test('moving an address keeps a path prefix of the server, once', () => {
  expect(moveToServer('http://127.0.0.1:8765/api/a%2Fb', 'https://t.example/glabs/')).toBe(
    'https://t.example/glabs/api/a%2Fb',
  );
  expect(moveToServer('https://t.example/glabs/api/a', 'https://t.example/glabs')).toBe(
    'https://t.example/glabs/api/a',
  );
});

test('Retry-After is read as seconds or as a date', () => {
  expect(retryAfter({ 'retry-after': '3' })).toBe(3000);
  expect(retryAfter({ 'retry-after': new Date(0).toUTCString() })).toBe(0);
  expect(retryAfter({ 'retry-after': 'soon' })).toBeNull();
  expect(retryAfter({})).toBeNull();
});

test('a Retry-After that is a date counts by the clock of who sent it, whatever ours is set to', () => {
  const at = Date.parse('2026-05-12T14:30:00.000Z');
  const headers = { date: new Date(at).toUTCString(), 'retry-after': new Date(at + 120_000).toUTCString() };
  expect(retryAfter(headers)).toBe(120_000);
});

test('credentials in an address are not shown', () => {
  expect(withoutCredentials('https://me:pw@host/x')).toBe('https://host/x');
});
