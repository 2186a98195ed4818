'use strict';
/** kill -9 of G-Labs in the middle of a pass. The one thing that is done by hand: it is started again. */
const { setTimeout: delay } = require('node:timers/promises');
const { killBackground } = require('./background');
const { goesOnAfter, momentOf, seconds } = require('./moments');
const { nbflow, showWaiting, startRun } = require('./nbflow');
const { startSimulator } = require('./simulator');

const MOMENT = { type: 'image', accepted: 16, open: 4 };
/** Until somebody notices. */
const UNNOTICED_MS = 6_000;

async function perform(set, screen) {
  const run = startRun(set, screen);
  const moment = await momentOf(MOMENT, set, run);
  const seen = moment && (await breakAndMend(moment, set, run, screen));
  const exitCode = await run.end;
  const endedAt = Date.now();
  const forgotten = moment?.inFlight ?? [];
  return {
    ...{ startedAt: run.startedAt, endedAt, exitCode },
    asExpected: Boolean(seen?.waitingAt && seen.onAt),
    happened: seen ? tell(moment, seen) : [],
    forgotten,
    note: 'steps by hand: 1, starting G-Labs again',
    afterwards: () => showBill(set, screen),
  };
}

async function breakAndMend({ inFlight, places }, set, run, screen) {
  const pid = killBackground('simulator');
  const at = Date.now();
  const where = `during ${places.join(', ')}; ${inFlight.length} tasks in flight`;
  screen.say(`✗ kill -9 ${pid}: G-Labs is dead, ${where}.`, 'bad');
  const waitingAt = await showWaiting(set, screen, () => run.over);
  await delay(UNNOTICED_MS);
  screen.say('Somebody starts G-Labs again. Nothing else is done.', 'step');
  const startedAt = Date.now();
  const answersAt = await startSimulator(set.glabs);
  const onAt = await goesOnAfter(answersAt, set, run);
  if (onAt)
    screen.say(`✓ The pass goes on by itself, ${seconds(onAt - answersAt)} after G-Labs answers again.`, 'good');
  return { at, waitingAt, startedAt, answersAt, onAt };
}

function tell({ entries, inFlight, places }, { at, waitingAt, startedAt, answersAt, onAt }) {
  return [
    [at, `kill -9 of G-Labs during ${places.join(', ')}`, 'bad'],
    [at, `${entries.length} generations paid until then, ${inFlight.length} of them still in flight`],
    [waitingAt, 'nbflow status says that the pass waits for G-Labs'],
    [startedAt, 'G-Labs is started again: the one step by hand'],
    [answersAt, `it answers again; the ${inFlight.length} tasks in flight are forgotten`],
    [onAt, `the pass goes on, ${seconds(onAt - answersAt)} after that`, 'good'],
  ].filter(([when]) => when !== null);
}

/** What it cost, in the words that a person can have at any time. */
async function showBill(set, screen) {
  screen.line('');
  const kept = 'What was finished when G-Labs died is kept and not paid again. What was in flight then is forgotten by';
  screen.say(`${kept} G-Labs, and its money may be gone: the pass makes it again, each once.`, null, { indent: '' });
  screen.line(`\n${screen.bold(`$ nbflow bill ${set.name}`)}`);
  await nbflow(['bill', set.name], set, (text) => screen.stream.write(text));
}

module.exports = { summary: 'G-Labs is killed and started again', perform };
