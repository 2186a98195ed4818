'use strict';
/**
 * Processes of the demo that would outlive its own death. Each is written down with who it is, so that the next demo or
 * `--stop` ends exactly that one, never another that got its number.
 */
const { existsSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { spawn } = require('node:child_process');
const { ROOT } = require('./clone');
const { DEMO, NBFLOW } = require('./places');

const NAMES = ['tunnel', 'simulator'];
const GRACE_MS = 5_000;
const WINDOWS = process.platform === 'win32';

// Built by then, but not when this file is loaded on a bare clone.
const built = (path) => require(join(ROOT, 'dist', path));
const note = (name) => join(DEMO, `${name}.json`);
const logOf = (name) => join(DEMO, `${name}.log`);

/** Starts an nbflow command; what it says goes to its log. */
function startBackground(name, args, { env, cwd = ROOT }) {
  const log = openSync(logOf(name), 'w');
  const options = { env, cwd, detached: true, stdio: ['ignore', log, log], windowsHide: true };
  const child = spawn(process.execPath, [NBFLOW, ...args.map(String)], options);
  closeSync(log);
  child.unref();
  writeFileSync(note(name), JSON.stringify(built('files/process-identity.js').identify(child.pid)));
  return child;
}

/** kill -9; answers its number. */
function killBackground(name) {
  const { pid } = JSON.parse(readFileSync(note(name), 'utf8'));
  process.kill(pid, 'SIGKILL');
  return pid;
}

/** Ends all that this demo, or an earlier one, left. */
async function stopBackground() {
  for (const name of NAMES) {
    if (!existsSync(note(name))) continue;
    const identity = JSON.parse(readFileSync(note(name), 'utf8'));
    if (identity) await built('services/processes.js').stopProcess(identity, GRACE_MS);
    rmSync(note(name), { force: true });
  }
}

module.exports = { startBackground, killBackground, stopBackground, logOf, WINDOWS };
