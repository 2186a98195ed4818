'use strict';
/** The disk runs full in the middle of a pass. The one thing that is done by hand: space is freed. */
const { setTimeout: delay } = require('node:timers/promises');
const { goesOnAfter, momentOf, seconds } = require('./moments');
const { showWaiting, startRun } = require('./nbflow');
const { control } = require('./simulator');
const { makeDisk, moveHouse } = require('./small-disk');

const MOMENT = { type: 'image', accepted: 16, open: 4 };
/** Until somebody notices; long enough that all that was in flight has ended. */
const UNNOTICED_MS = 8_000;

async function perform(set, screen) {
  const run = startRun(set, screen);
  const moment = await momentOf(MOMENT, set, run);
  const seen = moment && (await fillAndFree(moment, set, run, screen));
  const exitCode = await run.end;
  const endedAt = Date.now();
  return {
    ...{ startedAt: run.startedAt, endedAt, exitCode },
    asExpected: Boolean(seen?.waitingAt && seen.onAt && seen.paidThen === seen.paidAfter),
    happened: seen ? tell(moment, seen) : [],
    note: 'steps by hand: 1, freeing space',
    project: set.disk.bringHome(),
  };
}

async function fillAndFree({ inFlight }, set, run, screen) {
  const words = set.disk.fill();
  const at = Date.now();
  screen.say(`✗ ${words}; ${inFlight.length} tasks in flight.`, 'bad');
  const waitingAt = await showWaiting(set, screen, () => run.over);
  const paidThen = (await control(set, 'bill')).paid;
  await delay(UNNOTICED_MS);
  const paidAfter = (await control(set, 'bill')).paid;
  screen.say(`${set.disk.free()} Nothing else is done.`, 'step');
  const freedAt = Date.now();
  const onAt = await goesOnAfter(freedAt, set, run);
  if (onAt) screen.say(`✓ The pass goes on by itself, ${seconds(onAt - freedAt)} after there is space again.`, 'good');
  return { at, words, waitingAt, paidThen, paidAfter, freedAt, onAt };
}

function tell({ entries, inFlight }, { at, words, waitingAt, paidThen, paidAfter, freedAt, onAt }) {
  return [
    [at, words, 'bad'],
    [at, `${entries.length} generations paid until then, ${inFlight.length} of them still in flight`],
    [waitingAt, `nbflow status says that the pass waits for space; ${paidThen} generations paid`],
    [freedAt, `space is freed: the one step by hand; still ${paidAfter} generations paid`],
    [onAt, `the pass goes on, ${seconds(onAt - freedAt)} after that`, 'good'],
  ].filter(([when]) => when !== null);
}

module.exports = { summary: 'the disk runs full, and space is freed', perform, makeDisk, moveHouse };
