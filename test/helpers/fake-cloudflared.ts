/**
 * A stand-in for cloudflared, as a program: `fake-cloudflared tunnel … --url URL` opens a real proxy to that address on a
 * port of its own and logs as the real one does. FAKE_CLOUDFLARED: `silent` never tells an address and can't be asked to
 * end; `refused` is told by Cloudflare to come later.
 */
import { parseArgs } from 'node:util';
import { openTunnel } from '../../src/simulator/tunnel';

const log = (level: string, text: string): void =>
  void process.stderr.write(`${new Date().toISOString()} ${level} ${text}\n`);

async function main(): Promise<void> {
  const options = { url: { type: 'string' }, 'no-autoupdate': { type: 'boolean' } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true, strict: true });
  if (positionals.join(' ') !== 'tunnel' || !values.url)
    throw new Error(`not called as we call it: ${process.argv.join(' ')}`);
  log('INF', 'Thank you for trying Cloudflare Tunnel: https://developers.cloudflare.com/cloudflare-one/');
  log('INF', 'Requesting new quick Tunnel on trycloudflare.com...');
  if (process.env['FAKE_CLOUDFLARED'] === 'silent') {
    process.on('SIGTERM', () => log('INF', 'asked to end, and does not'));
    log('INF', 'hangs from now on');
    setInterval(() => undefined, 60_000);
    return;
  }
  if (process.env['FAKE_CLOUDFLARED'] === 'refused') {
    log('ERR', 'Error unmarshaling QuickTunnel response: error code: 1015 status_code="429 Too Many Requests"');
    process.exitCode = 1;
    return;
  }
  const url = (await openTunnel(values.url)).url() ?? '';
  const edge = `+${'-'.repeat(92)}+`;
  const boxed = (text: string): string => `|  ${text.padEnd(90)}|`;
  log('INF', edge);
  log('INF', boxed('Your quick Tunnel has been created! Visit it at (it may take some time to be reachable):'));
  log('INF', boxed(url));
  log('INF', edge);
  log('INF', 'Registered tunnel connection connIndex=0 location=test protocol=quic');
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
