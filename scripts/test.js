'use strict';
// `npm test`: everything from a bare clone, in order; ends with one line that counts. Needs only Node (and python3 with
// pip, once, for the servers' programs; see README).
const { spawnSync } = require('node:child_process');
const { existsSync, mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join, relative, resolve } = require('node:path');

const root = resolve(__dirname, '..');
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const counts = { passed: 0, failed: 0 };

function run(command, args) {
  const shell = process.platform === 'win32';
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', shell }).status === 0;
}

/** One step that counts as one check. */
function check(title, args) {
  process.stdout.write(`\n== ${title}\n`);
  const ok = run(npm, ['run', '--silent', ...args]);
  counts[ok ? 'passed' : 'failed']++;
  if (!ok) process.stdout.write(`FAILED: ${title} (npm run ${args.join(' ')})\n`);
  return ok;
}

/** Failures are told again at the end, where people look. */
function tests(title, project, more = []) {
  process.stdout.write(`\n== ${title}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'nbflow-test-'));
  const file = join(folder, 'result.json');
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  run(process.execPath, [jest, '--selectProjects', project, '--json', `--outputFile=${file}`, ...more]);
  const failures = existsSync(file) ? count(JSON.parse(readFileSync(file, 'utf8'))) : [`${title} did not run`];
  if (!existsSync(file)) counts.failed++;
  rmSync(folder, { recursive: true, force: true });
  return failures;
}

function count(result) {
  counts.passed += result.numPassedTests;
  counts.failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
  return result.testResults.flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    const file = relative(root, name);
    if (failed.length === 0 && assertionResults.length === 0 && message) return [`${file}: ${message}`];
    return failed.map(({ fullName, failureMessages }) => `${file}: ${fullName}\n${failureMessages.join('\n')}`);
  });
}

function main() {
  if (!existsSync(join(root, 'node_modules')) && !run(npm, ['ci'])) {
    process.stdout.write('npm ci failed\n0 passed, 1 failed\n');
    return 1;
  }
  const built = check('build', ['build']);
  check('format', ['format:check']);
  check('lint', ['lint']);
  check('types', ['types']);
  check('simulation of the money protocol', ['chaos', '--', '--sim', '3000', '--seed', '1']);
  const failures = tests('unit', 'unit');
  if (built) failures.push(...tests('on real servers', 'servers', ['--maxWorkers=2']));
  for (const failure of failures) process.stdout.write(`\nFAILED: ${failure}\n`);
  process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed\n`);
  return counts.failed === 0 ? 0 : 1;
}

process.exitCode = main();
