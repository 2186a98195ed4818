'use strict';
// Records the passes of test/pass/histories.test.ts on real servers into test/histories.
const { spawnSync } = require('node:child_process');
const { join, resolve } = require('node:path');

const root = resolve(__dirname, '..');
const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const args = [jest, '--selectProjects', 'servers', '--testPathPatterns', 'test/pass/histories'];
const env = { ...process.env, NBFLOW_RECORD_HISTORIES: '1' };
process.exitCode = spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' }).status ?? 1;
