'use strict';
/** nbflow itself, as a person would type it. */
const { spawn } = require('node:child_process');
const { setTimeout: delay } = require('node:timers/promises');
const { NBFLOW } = require('./places');

const STATUS_BOUND_MS = 60_000;
const LOOK_MS = 200;

function start(args, { env, project }, say) {
  const child = spawn(process.execPath, [NBFLOW, ...args], { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', say);
  return new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
}

/** Runs a command to its end; its output goes to `say`. Answers the exit code. */
function nbflow(args, place, say = () => undefined) {
  return start(args, place, say);
}

/** `nbflow run`, drawn on the screen as on a person's own; `end` resolves with its exit code. */
function startRun(set, screen, more = []) {
  const args = ['run', set.name, ...more];
  screen.line(`\n${screen.bold(`$ nbflow ${args.join(' ')}`)}`);
  const { columns = 80, rows = 24 } = screen.stream;
  const look = { NBFLOW_PROGRESS: screen.isLive ? 'live' : 'plain', COLUMNS: String(columns), LINES: String(rows) };
  const place = { project: set.project, env: { ...set.env, ...look } };
  const startedAt = Date.now();
  const end = start(args, place, (text) => screen.relay(text));
  const run = { startedAt, end, over: false };
  const ended = () => {
    run.over = true;
    screen.relayEnded();
  };
  end.then(ended, ended);
  return run;
}

/** Asks `nbflow status` until it says that the pass waits, and shows that; answers when, or null if it was `over` before. */
async function showWaiting(set, screen, over) {
  const until = Date.now() + STATUS_BOUND_MS;
  while (!over() && Date.now() < until) {
    let said = '';
    await nbflow(['status', set.name], set, (text) => (said += text));
    const [first = ''] = said.split('\n');
    if (first.includes(': waiting for ')) {
      const at = Date.now();
      screen.line(screen.bold(`$ nbflow status ${set.name}`));
      screen.quote(first);
      return at;
    }
    await delay(LOOK_MS);
  }
  return null;
}

module.exports = { nbflow, startRun, showWaiting };
