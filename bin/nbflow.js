#!/usr/bin/env node
'use strict';
// Node 22 and newer keep what they compiled; Node 20 does not know how.
require('node:module').enableCompileCache?.();
require('../dist/cli/main.js').main(process.argv);
