'use strict';
/** What can be typed after `npm run demo --`. */
const { parseArgs } = require('node:util');
const { DEFAULT_SCENARIO, SCENARIOS } = require('./scenarios');

class UsageError extends Error {}

/** Answers `{ scenario, keep, stop }`. Throws UsageError with words that say what to type. */
function readArguments(args) {
  const options = { scenario: { type: 'string' }, keep: { type: 'boolean' }, stop: { type: 'boolean' } };
  const { values, positionals } = parseArgs({ args, options, strict: false, allowPositionals: true });
  const { scenario = DEFAULT_SCENARIO, keep = false, stop = false, ...others } = values;
  const unknown = [...Object.keys(others).map((name) => `--${name}`), ...positionals];
  if (unknown.length > 0) throw new UsageError(`The demo does not know ${unknown.join(' ')}.\n${whatThereIs()}`);
  if (!Object.hasOwn(SCENARIOS, scenario)) {
    const problem = typeof scenario === 'string' ? `There is no scenario ${scenario}.` : '--scenario needs a name.';
    throw new UsageError(`${problem}\n${whatThereIs()}`);
  }
  return { scenario, keep: keep === true, stop: stop === true };
}

function whatThereIs() {
  const lines = Object.entries(SCENARIOS).map(
    ([name, { summary }]) => `  npm run demo -- --scenario ${name.padEnd(14)}${summary}`,
  );
  return [
    'There is:',
    ...lines,
    `  ${'npm run demo'.padEnd(41)}the same as ${DEFAULT_SCENARIO}`,
    'With --keep the servers stay up afterwards; npm run demo -- --stop stops them.',
  ].join('\n');
}

module.exports = { readArguments, UsageError };
