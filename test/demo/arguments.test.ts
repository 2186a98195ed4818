/** `npm run demo` as it is typed: what it does not know it refuses before it touches anything. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const DEMO = join(__dirname, '..', '..', 'scripts', 'demo.js');
const SCENARIOS = ['worker-dies', 'glabs-dies', 'tunnel-drops', 'disk-full'];

test.each([
  [['--scenario', 'meteor'], 'There is no scenario meteor.'],
  [['--scenario=toString'], 'There is no scenario toString.'],
  [['--scenario'], '--scenario needs a name.'],
  [['--fast', 'glabs-dies'], 'The demo does not know --fast glabs-dies.'],
])('%j: refused with the list of what there is', (args, words) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [DEMO, ...args], { encoding: 'utf8' });
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(words);
  for (const name of SCENARIOS) expect(stderr).toContain(`npm run demo -- --scenario ${name} `);
});
