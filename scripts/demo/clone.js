'use strict';
/** What a bare clone still lacks: the packages of the lock file, and the built program. */
const { readFileSync, readdirSync, statSync } = require('node:fs');
const { join } = require('node:path');
const { spawnSync } = require('node:child_process');

const ROOT = join(__dirname, '..', '..');

async function prepareClone(screen) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Error(`Node ${process.versions.node} is too old: 20.19 or newer is needed.`);
  }
  if (!isInstalled()) step(screen, 'Installing the packages (npm ci)', ['ci', '--no-audit', '--no-fund']);
  if (!isBuilt()) step(screen, 'Building', ['run', 'build', '--silent']);
}

/** By versions, not by dates: a fresh clone's lock file is always younger than what is installed. */
function isInstalled() {
  const installed = readJson(join(ROOT, 'node_modules', '.package-lock.json'))?.packages ?? {};
  return Object.entries(readJson(join(ROOT, 'package-lock.json')).packages).every(
    ([name, wanted]) => name === '' || wanted.optional || installed[name]?.version === wanted.version,
  );
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

function isBuilt() {
  const built = statSync(join(ROOT, 'dist', 'workflow-bundle.js'), { throwIfNoEntry: false });
  return built !== undefined && newest(join(ROOT, 'src')) <= built.mtimeMs;
}

function newest(folder) {
  const times = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? newest(path) : statSync(path).mtimeMs;
  });
  return Math.max(0, ...times);
}

function step(screen, title, args) {
  const startedAt = Date.now();
  screen.line(`${title} …`);
  // The npm that runs us is the one to ask; its own file avoids the .cmd wrapper of Windows.
  const { npm_execpath: npm } = process.env;
  const { status, stdout, stderr } = npm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: ROOT, encoding: 'utf8' })
    : spawnSync('npm', args, { cwd: ROOT, encoding: 'utf8', shell: process.platform === 'win32' });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${stdout}${stderr}`);
  screen.line(`  done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

module.exports = { ROOT, prepareClone };
