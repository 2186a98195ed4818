'use strict';
/** The simulated G-Labs: its bill outlives it, its tasks do not, as with the real one. */
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { setTimeout: delay } = require('node:timers/promises');
const { startBackground, logOf } = require('./background');
const { DEMO, cleanEnv } = require('./places');

/** Long enough that a kill in the middle can be watched, short enough for somebody who is waiting. */
const LATENCY = { image: 3000, video: 6000 };
const START_BOUND_MS = 20_000;
const LOOK_MS = 25;

/** Resolves when it answers, with that moment in epoch milliseconds. Called again it is another life over the same bill. */
async function startSimulator(glabs) {
  const args = ['simulate', '--port', new URL(glabs).port, '--dir', join(DEMO, 'simulator')];
  const latency = ['--image-ms', LATENCY.image, '--video-ms', LATENCY.video];
  const child = startBackground('simulator', [...args, ...latency], { env: cleanEnv() });
  const until = Date.now() + START_BOUND_MS;
  while (!(await answers(glabs))) {
    if (child.exitCode !== null || Date.now() > until) throw new Error(readFileSync(logOf('simulator'), 'utf8'));
    await delay(LOOK_MS);
  }
  return Date.now();
}

function answers(glabs) {
  return fetch(`${glabs}/api/health`, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** What the simulator says about itself: `bill` or `requests`. */
async function control({ glabs }, what) {
  const response = await fetch(`${glabs}/_control/${what}`, { signal: AbortSignal.timeout(10_000) });
  return response.json();
}

module.exports = { startSimulator, control, LATENCY };
