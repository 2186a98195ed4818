'use strict';
/**
 * npm run demo: an example storyboard against a simulated G-Labs, while something dies. Plain CommonJS, so that it runs on
 * a bare clone. Everything lives in .demo/ and on ports of its own.
 *   --scenario NAME  what goes wrong (scripts/demo/scenarios.js); without it the worker is killed twice
 *   --keep           leaves the servers (and Temporal's UI) running
 *   --stop           stops what --keep left
 */
const { readArguments, UsageError } = require('./demo/arguments');
const { stage, stopStage } = require('./demo/stage');
const { prepareClone } = require('./demo/clone');
const { Screen } = require('./demo/screen');
const { SCENARIOS } = require('./demo/scenarios');
const { tellStory } = require('./demo/story');

class Interrupted extends Error {}

/** Rejects at the first Ctrl-C or polite kill; later ones wait for the cleaning up. */
function interruption() {
  return new Promise((_, reject) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => reject(new Interrupted(name)));
  });
}

async function play(scenario, screen, interrupted) {
  const set = await Promise.race([stage(scenario, screen), interrupted]);
  const seen = await Promise.race([scenario.perform(set, screen), interrupted]);
  return tellStory(set, seen, screen);
}

async function main(args) {
  const { scenario: name, keep, stop } = readArguments(args);
  if (stop) return stopStage();
  const scenario = SCENARIOS[name];
  const elsewhere = await scenario.moveHouse?.();
  if (elsewhere !== undefined) return elsewhere;
  const screen = new Screen(process.stdout);
  const interrupted = interruption();
  interrupted.catch(() => undefined);
  let kept = false;
  try {
    await prepareClone(screen);
    const agrees = await play(scenario, screen, interrupted);
    kept = keep;
    return agrees ? 0 : 1;
  } catch (error) {
    if (error instanceof Interrupted) screen.line('\nInterrupted; stopping what the demo started.');
    else screen.line(`\nThe demo failed: ${error.message}`);
    return error instanceof Interrupted ? 130 : 1;
  } finally {
    if (kept) screen.line('Everything is still running. Stop it:  npm run demo -- --stop');
    else await stopStage();
  }
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(error instanceof UsageError ? error.message : error);
    process.exit(error instanceof UsageError ? 2 : 1);
  },
);
