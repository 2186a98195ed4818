'use strict';
/**
 * A stand-in for cloudflared that reaches nobody: `cloudflared.js tunnel … --url URL` opens a proxy to that address on a
 * port of this machine and logs as the real one does. It takes its time, as Cloudflare does to hand out an address.
 */
const { setTimeout: delay } = require('node:timers/promises');
const { openTunnel } = require('../../dist/simulator/tunnel.js');

const HANDING_OUT_MS = 6_000;

const log = (text) => process.stderr.write(`${new Date().toISOString()} INF ${text}\n`);

async function main(args) {
  log('Requesting new quick Tunnel on trycloudflare.com...');
  await delay(HANDING_OUT_MS);
  const tunnel = await openTunnel(args[args.indexOf('--url') + 1]);
  const edge = `+${'-'.repeat(92)}+`;
  log(edge);
  for (const text of ['Your quick Tunnel has been created! Visit it at:', tunnel.url()]) log(`|  ${text.padEnd(90)}|`);
  log(edge);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
