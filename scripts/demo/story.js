'use strict';
/** The end of the demo: what happened when, both accounts of the money side by side, and where everything is. */
const { basename, dirname, relative } = require('node:path');
const { control } = require('./performance');
const { findFiles, readReceipts } = require('./receipts');

/** Prints everything; answers whether the pass ended well and both accounts agree. */
async function tellStory(set, seen, screen) {
  const { entries } = await control(set, 'bill');
  const { newest } = await control(set, 'requests');
  const receipts = readReceipts(set.project);
  tellTimeline(seen, entries, newest, screen);
  const agrees = tellMoney(entries, receipts, seen, screen);
  tellPlaces(set, screen);
  return agrees && seen.exitCode === 0 && seen.kills.length === 2;
}

function tellTimeline({ startedAt, endedAt, kills, exitCode }, entries, requests, screen) {
  const at = (time, text) => screen.line(`  ${`+${((time - startedAt) / 1000).toFixed(1)} s`.padStart(8)}  ${text}`);
  screen.line(`\n${screen.bold('What happened')}`);
  at(startedAt, 'nbflow run started');
  for (const kill of kills) {
    const after = (time) => `${((time - kill.at) / 1000).toFixed(1)} s`;
    const asked = kill.inFlight.filter((id) =>
      requests.some(
        ({ route, argument, at: when }) =>
          argument === id && route === 'status' && kill.backAt && Date.parse(when) > kill.backAt,
      ),
    );
    at(kill.at, screen.red(`kill -9 of the worker during ${kill.places.join(', ')}`));
    at(kill.at, `${kill.inFlight.length} tasks in flight, ${kill.paid} generations paid until then`);
    if (kill.backAt) at(kill.backAt, `a new worker, started by the supervisor after ${after(kill.backAt)}`);
    if (kill.firstPollAt) {
      at(kill.firstPollAt, screen.green(`first poll of an open task after ${after(kill.firstPollAt)}`));
      at(kill.firstPollAt, `resumed: ${asked.length} of ${kill.inFlight.length} tasks asked for, by their ids on disk`);
    }
  }
  at(endedAt, exitCode === 0 ? 'done' : screen.red(`nbflow run ended with exit code ${exitCode}`));
}

function tellMoney(entries, receipts, { kills }, screen) {
  const known = receipts.filter(({ taskId }) => taskId !== null);
  const ids = new Set(known.map(({ taskId }) => taskId));
  const unknown = entries.filter(({ task_id: id }) => !ids.has(id)).length;
  const twice = known.length - new Set(known.map(({ slot }) => slot)).size + unknown;
  const lost = receipts.filter(({ state }) => state === 'lost' || state === 'unknown').length;
  const row = (name, kind) => {
    const bill = entries.filter(({ type }) => kind === null || type === kind).length;
    const ours = known.filter((entry) => kind === null || entry.kind === kind).length;
    screen.line(`  ${name.padEnd(10)}${String(bill).padStart(18)}  ${bill === ours ? '=' : '≠'}  ${ours}`);
    return bill === ours;
  };
  screen.line(`\n${screen.bold('The money')}      simulator's bill     our receipts`);
  const same = [row('pictures', 'image'), row('clips', 'video'), row('together', null)].every(Boolean);
  const agrees = same && twice === 0 && lost === 0;
  const words = `paid twice: ${twice}   lost: ${lost}   (the worker died ${kills.length} times)`;
  screen.line(`  ${agrees ? screen.green(words) : screen.red(words)}`);
  return agrees;
}

function tellPlaces({ project, ui, name }, screen) {
  const near = (path) => relative(process.cwd(), path) || '.';
  const [picture] = findFiles(project, (path) => basename(path) === 'scene01.png');
  const [clip] = findFiles(project, (path) => basename(path) === 'scene01.mp4');
  const [report] = findFiles(project, (path) => path.endsWith('.html'));
  const [output] = findFiles(project, (path) => basename(path).startsWith(`${name}-generated-`));
  const place = (what, path) => path && screen.line(`  ${what.padEnd(15)}${path}`);
  screen.line(`\n${screen.bold('Where it is')}`);
  place('pictures', picture && near(dirname(picture)));
  place('clips', clip && near(dirname(clip)));
  place('contact sheet', report && `${near(report)}  (open it in a browser)`);
  place('output', output && near(output));
  place("Temporal's UI", `${ui}  (stays up with: npm run demo -- --keep)`);
}

module.exports = { tellStory };
