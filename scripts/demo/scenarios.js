'use strict';
/**
 * What can go wrong in the demo. A scenario has
 *   summary              one line for people
 *   perform(set, screen) the pass and the trouble; answers what was seen (story.js)
 *   standsBehindTunnel   the pass knows the tunnel's address only, so the servers are started without G-Labs' own
 *   makeDisk(screen)     where the project lies, if on a disk of its own (small-disk.js)
 *   moveHouse()          plays the demo in another process where needed, and answers its exit code
 */
const SCENARIOS = {
  'worker-dies': require('./worker-dies'),
  'glabs-dies': require('./glabs-dies'),
  'tunnel-drops': require('./tunnel-drops'),
  'disk-full': require('./disk-full'),
};

module.exports = { SCENARIOS, DEFAULT_SCENARIO: 'worker-dies' };
