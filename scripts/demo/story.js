'use strict';
/** The end of the demo: what happened when, both accounts of the money side by side, and where everything is. */
const { basename, dirname, relative } = require('node:path');
const { settle } = require('./money');
const { findFiles, readReceipts } = require('./receipts');
const { control } = require('./simulator');

/**
 * Prints everything; answers whether the pass ended well, the trouble was seen and both accounts agree. `seen`: moments in
 * epoch milliseconds, `happened` as `[moment, words, tone]`, `note` for below the money, `forgotten` as in
 * money.js.
 */
async function tellStory(set, seen, screen) {
  const { entries } = await control(set, 'bill');
  const project = seen.project ?? set.project;
  tellTimeline(seen, screen);
  const agrees = tellMoney(settle(entries, readReceipts(project), seen.forgotten), seen.note, screen);
  await seen.afterwards?.();
  tellPlaces({ ...set, project }, screen);
  return agrees && seen.exitCode === 0 && seen.asExpected;
}

function tellTimeline({ startedAt, endedAt, happened, exitCode }, screen) {
  const at = ([time, text, tone]) => {
    const first = `  ${`+${((time - startedAt) / 1000).toFixed(1)} s`.padStart(8)}  `;
    screen.say(text, tone, { first, indent: ' '.repeat(first.length) });
  };
  screen.line(`\n${screen.bold('What happened')}`);
  at([startedAt, 'nbflow run started']);
  happened.forEach(at);
  if (exitCode === 0) at([endedAt, 'done']);
  else at([endedAt, `nbflow run ended with exit code ${exitCode}`, 'bad']);
}

function tellMoney({ rows, twice, lost, remade, agrees }, note, screen) {
  screen.line(`\n${screen.bold('The money')}      simulator's bill     our receipts`);
  for (const { name, bill, ours } of rows)
    screen.line(`  ${name.padEnd(10)}${String(bill).padStart(18)}  ${bill === ours ? '=' : '≠'}  ${ours}`);
  const forgotten = remade > 0 ? `   forgotten by G-Labs and made again: ${remade}` : '';
  screen.line(`  ${screen.tone(`paid twice: ${twice}   lost: ${lost}${forgotten}`, agrees ? 'good' : 'bad')}`);
  screen.line(`  ${note}`);
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
