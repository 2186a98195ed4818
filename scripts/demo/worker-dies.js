'use strict';
/** Two kill -9 of the worker in the middle of a pass. Nobody restarts anything: that is what is shown. */
const { setTimeout: delay } = require('node:timers/promises');
const { momentOf, seconds } = require('./moments');
const { startRun } = require('./nbflow');
const { control } = require('./simulator');
const { services } = require('./stage');

const LOOK_MS = 50;
const ACTS = [
  { type: 'image', accepted: 16, open: 4 },
  { type: 'video', accepted: 8, open: 4 },
];

async function perform(set, screen) {
  const run = startRun(set, screen);
  const kills = [];
  for (const act of ACTS) {
    const moment = await momentOf(act, set, run);
    if (!moment) break;
    const kill = killWorker(moment);
    kills.push(kill);
    const where = `${kill.places.join(', ')}; ${kill.inFlight.length} tasks in flight`;
    screen.say(`✗ kill -9 ${kill.pid}: the worker is dead, during ${where}. Nobody does anything.`, 'bad');
    await watchReturn(kill, set, run);
    if (!kill.firstPollAt) continue;
    const after = seconds(kill.firstPollAt - kill.at);
    screen.say(`✓ worker ${kill.newPid} is back and asks for its tasks again, ${after} after the kill.`, 'good');
  }
  const exitCode = await run.end;
  const endedAt = Date.now();
  const { newest } = await control(set, 'requests');
  return {
    ...{ startedAt: run.startedAt, endedAt, exitCode },
    asExpected: kills.length === ACTS.length,
    happened: kills.flatMap((kill) => tellKill(kill, newest)),
    note: `the worker died ${kills.length} times; steps by hand: 0`,
  };
}

function killWorker({ entries, inFlight, places }) {
  const { pid } = services().services.worker.identity;
  process.kill(pid, 'SIGKILL');
  const at = Date.now();
  return { at, pid, inFlight, places, paid: entries.length, newPid: null, backAt: null, firstPollAt: null };
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
    const poll = newest.find((request) => isPoll(kill, request));
    if (poll) kill.firstPollAt = Date.parse(poll.at);
    await delay(LOOK_MS);
  }
}

/** Requests of the dead worker may still have been on their way after the kill, so only those count after the next one. */
function isPoll({ inFlight, backAt }, { route, argument, at }) {
  return route === 'status' && inFlight.includes(argument) && backAt !== null && Date.parse(at) > backAt;
}

function tellKill(kill, requests) {
  const { at, inFlight, places, paid, backAt, firstPollAt } = kill;
  const asked = new Set(requests.filter((request) => isPoll(kill, request)).map(({ argument }) => argument)).size;
  return [
    [at, `kill -9 of the worker during ${places.join(', ')}`, 'bad'],
    [at, `${inFlight.length} tasks in flight, ${paid} generations paid until then`],
    [backAt, `a new worker, started by the supervisor after ${seconds(backAt - at)}`],
    [firstPollAt, `first poll of an open task after ${seconds(firstPollAt - at)}`, 'good'],
    [firstPollAt, `resumed: ${asked} of ${inFlight.length} tasks asked for, by their ids on disk`],
  ].filter(([when]) => when !== null);
}

module.exports = { summary: 'the worker is killed twice', perform };
