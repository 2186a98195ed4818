'use strict';
/** What the demo plays on: a fresh copy of the example, a simulator, and servers of its own under .demo/. */
const { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { ROOT } = require('./clone');
const { stopBackground } = require('./background');
const { nbflow } = require('./nbflow');
const { DEMO, HOME, NAME, PROJECT, cleanEnv } = require('./places');
const { choosePorts } = require('./ports');
const { LATENCY, startSimulator } = require('./simulator');

/** Sets everything up; answers where it is. */
async function stage(scenario, screen) {
  await stopStage();
  // The programs under home/bin stay: they are the slow part of a first time.
  for (const path of ['project', 'simulator', 'home/data', 'home/logs', 'home/run', 'home/server.json', 'home/words'])
    rmSync(join(DEMO, path), { recursive: true, force: true });
  mkdirSync(join(HOME, 'data'), { recursive: true });
  writeFileSync(join(DEMO, 'temporal.toml'), '[profile.default]\n');
  const disk = scenario.makeDisk?.(screen);
  const project = disk?.project ?? PROJECT;
  cpSync(join(ROOT, 'examples', NAME), project, { recursive: true });
  const { simulator: port, ...ports } = await choosePorts();
  writeFileSync(join(HOME, 'data', 'ports.json'), JSON.stringify(ports));
  const glabs = `http://127.0.0.1:${port}`;
  screen.line(
    `Starting a simulated G-Labs (a picture takes ${LATENCY.image / 1000} s, a clip ${LATENCY.video / 1000} s) …`,
  );
  await startSimulator(glabs);
  screen.line('Starting Temporal, the object store and the worker (nbflow up) …');
  const env = cleanEnv(scenario.standsBehindTunnel ? {} : { GLABS_SERVER: glabs });
  const say = (text) => screen.stream.write(screen.dim(text.replace(/^(?=.)/gm, '  ')));
  const up = await nbflow(['up'], { env, project }, say);
  if (up !== 0) throw new Error(`nbflow up ended with exit code ${up}; its logs are in ${join(HOME, 'logs')}`);
  const ui = `http://127.0.0.1:${services().ports.ui}`;
  return { env, glabs, project, disk, name: NAME, ui };
}

/** Ends whatever an earlier demo, or this one, left running; nothing else. */
async function stopStage() {
  await stopBackground();
  if (existsSync(join(HOME, 'run'))) await nbflow(['down'], { env: cleanEnv(), project: DEMO });
  return 0;
}

/** What the supervisor writes down; it is replaced as a whole, so it can be read at any time. */
function services() {
  return JSON.parse(readFileSync(join(HOME, 'run', 'services.json'), 'utf8'));
}

module.exports = { stage, stopStage, services };
