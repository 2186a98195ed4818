'use strict';
/**
 * The tunnel to G-Labs dies in the middle of a pass that knows no other way to it, as on a second computer. Nobody does
 * anything: `nbflow tunnel` opens it again under a new address and tells the pass.
 */
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { setTimeout: delay } = require('node:timers/promises');
const { logOf, startBackground, WINDOWS } = require('./background');
const { ROOT } = require('./clone');
const { goesOnAfter, momentOf, seconds } = require('./moments');
const { showWaiting, startRun } = require('./nbflow');
const { DEMO, HOME } = require('./places');

const MOMENT = { type: 'image', accepted: 16, open: 4 };
const LOOK_MS = 25;
const BOUND_MS = 60_000;

async function perform(set, screen) {
  const tunnel = openTunnel(set, screen);
  const first = await changed(() => announced(), null);
  const run = startRun(set, screen, ['--server', first]);
  const moment = await momentOf(MOMENT, set, run);
  const seen = moment && (await breakIt(moment, first, { set, run, screen }));
  const exitCode = await run.end;
  tunnel.stopShowing();
  return {
    ...{ startedAt: run.startedAt, endedAt: Date.now(), exitCode },
    asExpected: Boolean(seen?.onAt),
    happened: seen ? tell(moment, seen) : [],
    note: 'steps by hand: 0',
  };
}

async function breakIt({ inFlight, places }, first, { set, run, screen }) {
  const { pid } = opened().cloudflared;
  process.kill(pid, 'SIGKILL');
  const at = Date.now();
  const where = `during ${places.join(', ')}; ${inFlight.length} tasks in flight`;
  screen.say(`✗ kill -9 ${pid}: the tunnel is dead, ${where}. Nobody does anything.`, 'bad');
  let told = false;
  const opening = changed(() => opened()?.url, first).then((url) => ({ url, openAt: Date.now() }));
  const telling = changed(() => announced(), first).then(() => ({ toldAt: Date.now() }));
  const coming = Promise.all([opening, telling]).finally(() => (told = true));
  // Awaited below; until then its failure must not end the demo without a word.
  coming.catch(() => undefined);
  const waitingAt = await showWaiting(set, screen, () => told || run.over);
  const [{ url, openAt }, { toldAt }] = await coming;
  const onAt = await goesOnAfter(openAt, set, run);
  if (onAt) screen.say(`✓ The pass goes on by itself through ${url}, ${seconds(onAt - at)} after the kill.`, 'good');
  return { at, waitingAt, url, openAt, toldAt, onAt };
}

function tell({ entries, inFlight, places }, { at, waitingAt, url, openAt, toldAt, onAt }) {
  return [
    [at, `kill -9 of the tunnel during ${places.join(', ')}`, 'bad'],
    [at, `${entries.length} generations paid until then, ${inFlight.length} of them still in flight`],
    [waitingAt, 'nbflow status says that the pass waits for G-Labs'],
    [openAt, `nbflow tunnel has opened it again: ${url}`],
    [toldAt, 'G-Labs answers through it, and the pass is told'],
    [onAt, `the pass goes on, ${seconds(onAt - at)} after the kill`, 'good'],
  ]
    .filter(([when]) => when !== null)
    .sort(([a], [b]) => a - b);
}

/** `nbflow tunnel` as in a terminal of its own; what it says is shown beside the pass. */
function openTunnel(set, screen) {
  if (WINDOWS) throw new Error('this scenario needs Linux or macOS; try:  npm run demo -- --scenario glabs-dies');
  const program = join(DEMO, 'cloudflared');
  const quoted = (path) => `'${path.replaceAll("'", `'\\''`)}'`;
  const words = [process.execPath, join(ROOT, 'scripts', 'demo', 'cloudflared.js')].map(quoted).join(' ');
  writeFileSync(program, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  screen.line(`\n${screen.bold('$ nbflow tunnel')}   (in a terminal of its own, on the computer of G-Labs)`);
  startBackground('tunnel', ['tunnel', '--url', set.glabs, '--cloudflared', program], { env: set.env });
  return { stopShowing: followLog(logOf('tunnel'), (line) => screen.quote(line, 'tunnel')) };
}

function followLog(path, show) {
  let shown = 0;
  const look = () => {
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    for (const line of lines.slice(shown)) if (line) show(line);
    shown = lines.length;
  };
  const timer = setInterval(look, 100);
  return () => clearInterval(timer);
}

/** The tunnel that runs: its address and its process; null before the first one. */
function opened() {
  return readJson(join(HOME, 'run', 'tunnel.json'));
}

/** The address that later runs are told. */
function announced() {
  return readJson(join(HOME, 'server.json'))?.servers[0] ?? null;
}

function readJson(path) {
  try {
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;
  } catch {
    // It is just being written.
    return null;
  }
}

async function changed(look, before) {
  for (const until = Date.now() + BOUND_MS; Date.now() < until; await delay(LOOK_MS)) {
    const now = look();
    if (now && now !== before) return now;
  }
  throw new Error(`the tunnel did not open:\n${readFileSync(logOf('tunnel'), 'utf8')}`);
}

module.exports = { summary: 'the tunnel to G-Labs dies and comes back elsewhere', perform, standsBehindTunnel: true };
