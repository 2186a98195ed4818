'use strict';
/** The pass, and two kill -9 in the middle of it. Nobody restarts anything: that is what is shown. */
const { spawn } = require('node:child_process');
const { setTimeout: delay } = require('node:timers/promises');
const { services, NBFLOW } = require('./stage');
const { readReceipts } = require('./receipts');

const LOOK_MS = 50;
/** A kill right after a submit would look like a lucky moment; tasks shall be well under way. */
const UNDER_WAY_MS = 700;
const ACTS = [
  { type: 'image', accepted: 16, open: 4 },
  { type: 'video', accepted: 8, open: 4 },
];

async function performance(set, screen) {
  screen.line(`\n${screen.bold(`$ nbflow run ${set.name}`)}`);
  const startedAt = Date.now();
  const run = startRun(set, screen);
  const kills = [];
  for (const act of ACTS) {
    const kill = await killDuring(act, set, run);
    if (!kill) break;
    kills.push(kill);
    const where = `${kill.places.join(', ')}; ${kill.inFlight.length} tasks in flight`;
    screen.line(screen.red(`✗ kill -9 ${kill.pid}: the worker is dead, during ${where}. Nobody does anything.`));
    await watchReturn(kill, set, run);
    if (kill.firstPollAt) {
      const after = ((kill.firstPollAt - kill.at) / 1000).toFixed(1);
      screen.line(
        screen.green(`✓ worker ${kill.newPid} is back and asks for its tasks again, ${after} s after the kill.`),
      );
    }
  }
  const exitCode = await run.end;
  return { startedAt, endedAt: Date.now(), kills, exitCode };
}

function startRun(set, screen) {
  const { columns = 80, rows = 24 } = screen.stream;
  const look = { NBFLOW_PROGRESS: screen.isLive ? 'live' : 'plain', COLUMNS: String(columns), LINES: String(rows) };
  const env = { ...set.env, ...look };
  const stdio = ['ignore', 'pipe', 'pipe'];
  const child = spawn(process.execPath, [NBFLOW, 'run', set.name], { cwd: set.project, env, stdio });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => screen.relay(text));
  const end = new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  const run = { end, over: false };
  const ended = () => {
    run.over = true;
    screen.relayEnded();
  };
  end.then(ended, ended);
  return run;
}

/** Null when the pass was over before its moment came. */
async function killDuring(act, set, run) {
  while (!run.over) {
    const { entries } = await control(set, 'bill');
    const own = entries.filter(({ type }) => type === act.type);
    const open = entries.filter(({ outcome }) => outcome === null);
    const newest = Math.max(0, ...entries.map(({ at }) => Date.parse(at)));
    const { identity } = services().services.worker;
    const ready = own.length >= act.accepted && open.filter(({ type }) => type === act.type).length >= act.open;
    if (ready && identity && Date.now() - newest > UNDER_WAY_MS) return kill(identity.pid, entries, open, set);
    await delay(LOOK_MS);
  }
  return null;
}

function kill(pid, entries, open, set) {
  process.kill(pid, 'SIGKILL');
  const at = Date.now();
  const inFlight = open.map(({ task_id: id }) => id);
  const owners = readReceipts(set.project).filter(({ taskId }) => inFlight.includes(taskId));
  const places = [...new Set(owners.map(({ node }) => node))].sort();
  return { at, pid, inFlight, places, paid: entries.length, newPid: null, backAt: null, firstPollAt: null, asked: 0 };
}

/** Notes when another worker is there and when it first asked for a task that the dead one had out. */
async function watchReturn(kill, set, run) {
  while (!run.over && !(kill.newPid && kill.firstPollAt)) {
    const { identity, since } = services().services.worker;
    if (identity && identity.pid !== kill.pid && !kill.newPid) {
      kill.newPid = identity.pid;
      kill.backAt = Date.parse(since);
    }
    const { newest } = await control(set, 'requests');
    const poll = newest.find(({ route, argument, at }) => isPoll(kill, route, argument, Date.parse(at)));
    if (poll) kill.firstPollAt = Date.parse(poll.at);
    await delay(LOOK_MS);
  }
}

function isPoll(kill, route, taskId, at) {
  // Requests of the dead worker may still have been on their way after the kill.
  return route === 'status' && kill.inFlight.includes(taskId) && kill.backAt !== null && at > kill.backAt;
}

async function control(set, what) {
  const response = await fetch(`${set.glabs}/_control/${what}`, { signal: AbortSignal.timeout(10_000) });
  return response.json();
}

module.exports = { performance, control };
