'use strict';
/** Waiting for the right moment of a pass, by what the simulator has seen. */
const { setTimeout: delay } = require('node:timers/promises');
const { control } = require('./simulator');
const { readReceipts } = require('./receipts');

const LOOK_MS = 50;
/** Trouble right after a submit would look like a lucky moment; tasks shall be well under way. */
const UNDER_WAY_MS = 700;
/** What only a pass at work asks for: its probers ask for nothing but health. */
const WORK = new Set(['submit', 'status', 'result', 'files']);

/**
 * When so many generations of a type were accepted and so many of them are open. Answers `{ entries, inFlight, places }`:
 * the bill, the ids of tasks under way, and the titles of their nodes. Null when the pass was over before that.
 */
async function momentOf({ type, accepted, open: enough }, set, run) {
  while (!run.over) {
    const { entries } = await control(set, 'bill');
    const own = entries.filter((entry) => entry.type === type);
    const open = entries.filter(({ outcome }) => outcome === null);
    const newest = Math.max(0, ...entries.map(({ at }) => Date.parse(at)));
    const ready = own.length >= accepted && own.filter(({ outcome }) => outcome === null).length >= enough;
    if (ready && Date.now() - newest > UNDER_WAY_MS) {
      const inFlight = open.map(({ task_id: id }) => id);
      return { entries, inFlight, places: placesOf(set, inFlight) };
    }
    await delay(LOOK_MS);
  }
  return null;
}

function placesOf(set, taskIds) {
  const owners = readReceipts(set.project).filter(({ taskId }) => taskIds.includes(taskId));
  return [...new Set(owners.map(({ node }) => node))].sort();
}

/** When the pass first asked for its tasks, or for new ones, after a moment; null when it ended without. */
async function goesOnAfter(moment, set, run) {
  for (;;) {
    const isLast = run.over;
    const { newest } = await control(set, 'requests');
    const first = newest.find(({ route, at }) => WORK.has(route) && Date.parse(at) > moment);
    if (first) return Date.parse(first.at);
    if (isLast) return null;
    await delay(LOOK_MS);
  }
}

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

module.exports = { momentOf, goesOnAfter, seconds };
