'use strict';
/** Ports of the demo's own, so that it never meets what else runs here. */
const { createServer } = require('node:net');

/** Far from the usual ports, and below those that systems hand out by themselves. The second group needs +10000 too. */
const PORTS = { temporal: 17233, ui: 18233, simulator: 18765 };
const PAIRED_PORTS = { s3: 18333, master: 19333, filer: 18888, volume: 19340, admin: 14646 };

async function choosePorts() {
  for (let step = 0; step < 2_000; step += 10) {
    const shifted = (ports) => Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, port + step]));
    const chosen = { ...shifted(PORTS), ...shifted(PAIRED_PORTS) };
    const all = [...Object.values(chosen), ...Object.values(shifted(PAIRED_PORTS)).map((port) => port + 10_000)];
    if ((await Promise.all(all.map(isFree))).every(Boolean)) return chosen;
  }
  throw new Error('No free ports were found on this machine.');
}

function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

module.exports = { choosePorts };
