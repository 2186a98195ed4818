'use strict';
/** Where the demo keeps its things; nothing of it is outside .demo/. */
const { join } = require('node:path');
const { ROOT } = require('./clone');

const DEMO = join(ROOT, '.demo');
const HOME = join(DEMO, 'home');
const PROJECT = join(DEMO, 'project');
const NBFLOW = join(ROOT, 'bin', 'nbflow.js');
const NAME = 'XYZG3-V0-1';
const OURS = /^(GLABS|R2|TEMPORAL|NBFLOW|AWS)_/;
const PROGRAMS = /^NBFLOW_(TEMPORAL|WEED)_BIN$/;

/** A user's servers, keys and home must not be touched: only where programs lie is taken over from the environment. */
function cleanEnv(more = {}) {
  const kept = Object.entries(process.env).filter(([name]) => !OURS.test(name) || PROGRAMS.test(name));
  // An empty profile file, or the person's own profile would lead us to their cluster.
  const own = { NBFLOW_HOME: HOME, TEMPORAL_CONFIG_FILE: join(DEMO, 'temporal.toml') };
  return { ...Object.fromEntries(kept), ...own, ...more };
}

module.exports = { DEMO, HOME, PROJECT, NBFLOW, NAME, cleanEnv };
