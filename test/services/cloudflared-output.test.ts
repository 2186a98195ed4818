import { CloudflaredOutput } from '../../src/services/cloudflared-output';

const AT = '2026-11-24T09:56:33Z';
const EDGE = `+${'-'.repeat(92)}+`;
/** What a real one logs, up to its box. */
const BEFORE = [
  `${AT} INF Thank you for trying Cloudflare Tunnel. If you intend to use Tunnels in production you should use a pre-created named tunnel by following: https://developers.cloudflare.com/cloudflare-one/connections/connect-apps`,
  `${AT} INF Requesting new quick Tunnel on trycloudflare.com...`,
  `${AT} WRN retrying Post "https://api.trycloudflare.com/tunnel"`,
].join('\n');

function banner(url: string, prefix = `${AT} INF `): string {
  const boxed = (text: string): string => `${prefix}|  ${text.padEnd(90)}|`;
  const words = 'Your quick Tunnel has been created! Visit it at (it may take some time to be reachable):';
  return [prefix + EDGE, boxed(words), boxed(url), prefix + EDGE, ''].join('\n');
}

function read(text: string): string | null {
  return new CloudflaredOutput().push(text);
}

test('the address in the box is taken, and no other one', () => {
  const url = 'https://four-dashed-word-url.trycloudflare.com';
  expect(read(`${BEFORE}\n`)).toBeNull();
  expect(read(`${BEFORE}\n${banner(url)}${AT} INF Settings: map[url:http://localhost:8765]\n`)).toBe(url);
});

test.each([
  ['without times', banner('https://a-b.trycloudflare.com', '')],
  ['with Windows line ends', banner('https://a-b.trycloudflare.com').replaceAll('\n', '\r\n')],
  ['in colours', banner('https://a-b.trycloudflare.com', `\u001b[90m${AT}\u001b[0m \u001b[32mINF\u001b[0m `)],
  ['with a slash at its end', banner('https://a-b.trycloudflare.com/')],
  ['in a box too narrow for it', `${EDGE}\n|  https://a-b.trycloudflare.com|\n${EDGE}\n`],
  [
    'as JSON lines',
    banner('https://a-b.trycloudflare.com', '')
      .split('\n')
      .map((message) => JSON.stringify({ level: 'info', time: AT, message }))
      .join('\n'),
  ],
])('it is found %s', (_, text) => {
  expect(read(`${text}\n`)).toBe('https://a-b.trycloudflare.com');
});

test('it is found however the output is cut into pieces', () => {
  const url = 'http://127.0.0.1:40123';
  const output = new CloudflaredOutput();
  const found = [...`${BEFORE}\n${banner(url)}`]
    .map((letter) => output.push(letter))
    .filter((answer) => answer !== null);
  expect(found).toEqual([url]);
});

test('an address between bars outside of a box, or among words in it, is none', () => {
  expect(read(`${AT} INF | https://x.trycloudflare.com |\n`)).toBeNull();
  expect(read(`${EDGE}\n| see https://developers.cloudflare.com/tunnel |\n${EDGE}\n`)).toBeNull();
  expect(read(`${EDGE}\n| https://[broken |\n${EDGE}\n`)).toBeNull();
});

test('its last words are its latest complaint, else its latest line', () => {
  const output = new CloudflaredOutput();
  expect(output.lastWords).toBe('');
  output.push(`${BEFORE}\n`);
  expect(output.lastWords).toContain('retrying Post');
  output.push(`${AT} ERR Unauthorized: Tunnel not found connIndex=0\n${AT} INF Tunnel server stopped\n`);
  expect(output.lastWords).toBe('Unauthorized: Tunnel not found connIndex=0');
  output.push('failed to request quick Tunnel: lookup api.trycloudflare.com: no such host\n');
  expect(output.lastWords).toContain('no such host');
});
