import { addressWords } from '../../src/cli/address-words';
import type { NamedServers } from '../../src/config';

const TUNNEL = ['https://new.test', 'http://localhost:8765'];
const remembered = { servers: TUNNEL, since: '2026-11-20T14:03:00Z', by: 'tunnel' as const };
const said = (from: NamedServers['from'], ...servers: string[]): NamedServers => ({ from, servers });
const DEFAULT = said('default', 'http://localhost:8765');

function words(...serverSources: NamedServers[]): string {
  return addressWords({ serverSources }, remembered, null).join('\n');
}

test('the address of a tunnel is said, with what it stands in for', () => {
  const line =
    /^G-Labs: https:\/\/new.test, then http:\/\/localhost:8765 \(of nbflow tunnel, since 2026-11-20 \d\d:03\)/;
  expect(words(said('remembered', ...TUNNEL), DEFAULT)).toMatch(new RegExp(`${line.source}\\.$`));
  expect(words(said('remembered', ...TUNNEL), said('.env', 'http://old.test'), DEFAULT)).toMatch(
    new RegExp(`${line.source}, instead of http://old.test from the project's .env\\.$`),
  );
});

test('an environment that hides the tunnel is named, with the way out', () => {
  const text = words(said('environment', 'http://old.test'), said('remembered', ...TUNNEL), DEFAULT);
  expect(text).toContain('http://old.test from GLABS_SERVER in the environment, instead of https://new.test');
  expect(text).toContain('unset GLABS_SERVER');
});

test('nothing is said where nobody can wonder', () => {
  expect(words(said('flag', 'http://x.test'), said('remembered', ...TUNNEL), DEFAULT)).toBe('');
  expect(words(said('environment', ...TUNNEL), said('remembered', ...TUNNEL), DEFAULT)).toBe('');
  expect(addressWords({ serverSources: [said('config', 'http://x.test'), DEFAULT] }, null, null)).toEqual([]);
});

test('a note that can not be used is said', () => {
  expect(addressWords({ serverSources: [DEFAULT] }, null, 'It is damaged.')[0]).toBe('It is damaged.');
});
