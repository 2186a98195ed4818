'use strict';
/** What the demo plays on: a fresh copy of the example, a simulator, and servers of its own under .demo/. */
const { cpSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { createServer } = require('node:net');
const { join } = require('node:path');
const { spawn } = require('node:child_process');
const { setTimeout: delay } = require('node:timers/promises');
const { ROOT } = require('./clone');

const DEMO = join(ROOT, '.demo');
const HOME = join(DEMO, 'home');
const PROJECT = join(DEMO, 'project');
const SIMULATOR = join(DEMO, 'simulator.json');
const NBFLOW = join(ROOT, 'bin', 'nbflow.js');
const NAME = 'XYZG3-V0-1';
/** Long enough that a kill in the middle can be watched, short enough for somebody who is waiting. */
const LATENCY = { image: 3000, video: 6000 };
/** Far from the usual ports, and below those that systems hand out by themselves. The second group needs +10000 too. */
const PORTS = { temporal: 17233, ui: 18233, simulator: 18765 };
const PAIRED_PORTS = { s3: 18333, master: 19333, filer: 18888, volume: 19340, admin: 14646 };
const OURS = /^(GLABS|R2|TEMPORAL|NBFLOW|AWS)_/;
const PROGRAMS = /^NBFLOW_(TEMPORAL|WEED)_BIN$/;

/** A user's servers, keys and home must not be touched: only where programs lie is taken over from the environment. */
function cleanEnv(more = {}) {
  const kept = Object.entries(process.env).filter(([name]) => !OURS.test(name) || PROGRAMS.test(name));
  // An empty profile file, or the person's own profile would lead us to their cluster.
  const own = { NBFLOW_HOME: HOME, TEMPORAL_CONFIG_FILE: join(DEMO, 'temporal.toml') };
  return { ...Object.fromEntries(kept), ...own, ...more };
}

/** Sets everything up; answers where it is. */
async function stage(screen) {
  await stopStage();
  // The programs under home/bin stay: they are the slow part of a first time.
  for (const path of ['project', 'simulator', 'home/data', 'home/logs', 'home/run']) {
    rmSync(join(DEMO, path), { recursive: true, force: true });
  }
  mkdirSync(join(HOME, 'data'), { recursive: true });
  writeFileSync(join(DEMO, 'temporal.toml'), '[profile.default]\n');
  cpSync(join(ROOT, 'examples', NAME), PROJECT, { recursive: true });
  const { simulator: port, ...ports } = await choosePorts();
  writeFileSync(join(HOME, 'data', 'ports.json'), JSON.stringify(ports));
  const glabs = `http://127.0.0.1:${port}`;
  screen.line(
    `Starting a simulated G-Labs (a picture takes ${LATENCY.image / 1000} s, a clip ${LATENCY.video / 1000} s) …`,
  );
  await startSimulator(port, glabs);
  screen.line('Starting Temporal, the object store and the worker (nbflow up) …');
  const env = cleanEnv({ GLABS_SERVER: glabs });
  const up = await nbflow(['up'], env, (text) => screen.stream.write(screen.dim(text.replace(/^(?=.)/gm, '  '))));
  if (up !== 0) throw new Error(`nbflow up ended with exit code ${up}; its logs are in ${join(HOME, 'logs')}`);
  return { env, glabs, project: PROJECT, home: HOME, name: NAME, ui: `http://127.0.0.1:${services().ports.ui}` };
}

/** Runs an nbflow command to its end; its output goes to `say`. */
function nbflow(args, env, say = () => undefined) {
  const child = spawn(process.execPath, [NBFLOW, ...args], { cwd: PROJECT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', say);
  return new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
}

async function startSimulator(port, glabs) {
  const log = openSync(join(DEMO, 'simulator.log'), 'w');
  const args = ['simulate', '--port', port, '--dir', join(DEMO, 'simulator')];
  const latency = ['--image-ms', LATENCY.image, '--video-ms', LATENCY.video];
  const options = { env: cleanEnv(), detached: true, stdio: ['ignore', log, log], windowsHide: true };
  const child = spawn(process.execPath, [NBFLOW, ...args.map(String), ...latency.map(String)], options);
  child.unref();
  writeFileSync(SIMULATOR, JSON.stringify({ pid: child.pid, glabs }));
  const until = Date.now() + 20_000;
  while (!(await isSimulator(glabs))) {
    if (child.exitCode !== null || Date.now() > until)
      throw new Error(readFileSync(join(DEMO, 'simulator.log'), 'utf8'));
    await delay(50);
  }
}

async function isSimulator(glabs) {
  return fetch(`${glabs}/_control/faults`, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Ends whatever an earlier demo, or this one, left running; nothing else. */
async function stopStage() {
  if (existsSync(SIMULATOR)) {
    const { pid, glabs } = JSON.parse(readFileSync(SIMULATOR, 'utf8'));
    // Only while it answers is the process number surely still its own.
    if (await isSimulator(glabs)) process.kill(pid);
    rmSync(SIMULATOR, { force: true });
  }
  if (existsSync(join(HOME, 'run')) && existsSync(PROJECT)) await nbflow(['down'], cleanEnv());
  return 0;
}

/** What the supervisor writes down; it is replaced as a whole, so it can be read at any time. */
function services() {
  return JSON.parse(readFileSync(join(HOME, 'run', 'services.json'), 'utf8'));
}

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

module.exports = { stage, stopStage, services, NBFLOW };
