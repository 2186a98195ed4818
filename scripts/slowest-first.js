'use strict';
// The slowest suites begin first, so that none of them runs alone at the end. Jest knows no durations on a fresh clone, and goes
// by the size of files, which for suites that wait for real servers says nothing.
const { default: Sequencer } = require('@jest/test-sequencer');

/** Longest first, as measured on two cores. */
const SLOW = [
  'chaos/real-scenarios',
  'pass/kills',
  'pass/gates',
  'pass/bump',
  'pass/cancel',
  'pass/rerun',
  'pass/destructive',
  'pass/clocks',
  'pass/old-runner',
  'pass/temporal-tools',
  'chaos/real.test',
  'pass/disk-full',
  'pass/histories',
];

function rank({ path }) {
  const place = SLOW.findIndex((name) => path.replaceAll('\\', '/').includes(`test/${name}`));
  return place === -1 ? SLOW.length : place;
}

module.exports = class SlowestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
};
