'use strict';
/**
 * npm run demo: an example storyboard against a simulated G-Labs, while the worker is killed twice. Plain CommonJS, so
 * that it runs on a bare clone. Everything lives in .demo/ and on ports of its own.
 *   --keep  leaves the servers (and Temporal's UI) running
 *   --stop  stops what --keep left
 */
const { stage, stopStage } = require('./demo/stage');
const { performance: perform } = require('./demo/performance');
const { prepareClone } = require('./demo/clone');
const { Screen } = require('./demo/screen');
const { tellStory } = require('./demo/story');

class Interrupted extends Error {}

/** Rejects at the first Ctrl-C or polite kill; later ones wait for the cleaning up. */
function interruption() {
  return new Promise((_, reject) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => reject(new Interrupted(name)));
  });
}

async function play(screen, interrupted) {
  const set = await Promise.race([stage(screen), interrupted]);
  const seen = await Promise.race([perform(set, screen), interrupted]);
  return tellStory(set, seen, screen);
}

async function main(args) {
  const unknown = args.filter((arg) => arg !== '--keep' && arg !== '--stop');
  if (unknown.length > 0) {
    console.error(`The demo knows --keep and --stop, not ${unknown.join(' ')}.`);
    return 2;
  }
  if (args.includes('--stop')) return stopStage();
  const screen = new Screen(process.stdout);
  const interrupted = interruption();
  interrupted.catch(() => undefined);
  let keep = false;
  try {
    await prepareClone(screen);
    const agrees = await play(screen, interrupted);
    keep = args.includes('--keep');
    return agrees ? 0 : 1;
  } catch (error) {
    if (error instanceof Interrupted) screen.line('\nInterrupted; stopping what the demo started.');
    else screen.line(`\nThe demo failed: ${error.message}`);
    return error instanceof Interrupted ? 130 : 1;
  } finally {
    if (keep) screen.line('Everything is still running. Stop it:  npm run demo -- --stop');
    else await stopStage();
  }
}

main(process.argv.slice(2)).then((code) => process.exit(code));
