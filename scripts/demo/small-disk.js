'use strict';
/**
 * A disk small enough to be filled without harm. On Linux a person may mount one in memory in a house of one's own (a
 * namespace), which nobody else sees and which is gone with its last process. Where the system forbids that, the worker is
 * forbidden to write files of any size instead, which it can't tell from a full disk (EFBIG for ENOSPC).
 */
const { cpSync, mkdirSync, openSync, closeSync, rmSync, statSync, writeSync } = require('node:fs');
const { join } = require('node:path');
const { execFileSync, spawn, spawnSync } = require('node:child_process');
const { DEMO, PROJECT } = require('./places');
const { services } = require('./stage');

const DISK = join(DEMO, 'small-disk');
const FILLER = join(DISK, 'holiday-film.mov');
/** The pass wants 16 MB free before it goes on. */
const DISK_MB = 64;
/** Receipts are smaller, pictures larger. */
const LARGEST_BYTES = 16 * 1024;
const IN_HOUSE = 'NBFLOW_DEMO_HOUSE';
const MOUNT = ['mount', '-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'nbflow-demo', DISK];

/** Plays the demo where it may mount; answers its exit code, or undefined to play it here. */
async function moveHouse() {
  if (process.platform !== 'linux') {
    console.error('This scenario needs Linux. Here there is:  npm run demo -- --scenario glabs-dies');
    return 2;
  }
  if (process.env[IN_HOUSE]) return undefined;
  mkdirSync(DISK, { recursive: true });
  const own = process.getuid() === 0 ? [] : ['--user', '--map-root-user'];
  const house = ['--mount', '--propagation', 'private', ...own];
  if (spawnSync('unshare', [...house, ...MOUNT]).status !== 0) return undefined;
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const child = spawn('unshare', [...house, ...again], { stdio: 'inherit', env: { ...process.env, [IN_HOUSE]: '1' } });
  // Ctrl-C reaches the child by itself; we only wait for it to clean up.
  process.on('SIGINT', () => undefined);
  for (const name of ['SIGTERM', 'SIGHUP']) process.on(name, () => child.kill(name));
  return new Promise((resolve, reject) => child.on('error', reject).on('close', (code) => resolve(code ?? 1)));
}

/** Answers `{ project, fill, free, bringHome }`. */
function makeDisk(screen) {
  if (process.env[IN_HOUSE]) {
    execFileSync(MOUNT[0], MOUNT.slice(1));
    screen.line(`The project lies on a disk of ${DISK_MB} MB (in memory, seen by the demo only).`);
    return { project: join(DISK, 'project'), fill, free, bringHome };
  }
  screen.line('This system lets the demo make no small disk, so the worker will be kept from writing files.');
  return { project: PROJECT, fill: forbid, free: allow, bringHome: () => PROJECT };
}

function fill() {
  const file = openSync(FILLER, 'w');
  for (const bytes of [1024 * 1024, 4096]) writeUntilFull(file, Buffer.alloc(bytes, 1));
  closeSync(file);
  const megabytes = Math.round(statSync(FILLER).size / 1024 / 1024);
  return `the disk is full to the last byte: somebody has copied a film of ${megabytes} MB to it`;
}

function writeUntilFull(file, chunk) {
  try {
    for (;;) writeSync(file, chunk);
  } catch (error) {
    if (error.code !== 'ENOSPC') throw error;
  }
}

function free() {
  rmSync(FILLER);
  return 'Somebody deletes the film.';
}

/** What was made outlives the disk. */
function bringHome() {
  cpSync(join(DISK, 'project'), PROJECT, { recursive: true });
  return PROJECT;
}

function forbid() {
  limitWorker(`${LARGEST_BYTES}:`);
  return `to the worker the disk is full: it may write no file over ${LARGEST_BYTES / 1024} KB any more`;
}

function allow() {
  limitWorker('unlimited:');
  return 'Somebody lets it write again.';
}

function limitWorker(limit) {
  const { pid } = services().services.worker.identity;
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${limit}`]);
}

module.exports = { makeDisk, moveHouse };
