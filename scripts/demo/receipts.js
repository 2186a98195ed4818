'use strict';
/** Our own account of the money: every generation that the receipts of a project know. */
const { readdirSync, readFileSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');

function readReceipts(project) {
  return findFiles(project, (path) => path.endsWith('.json') && basename(dirname(path)) === 'receipts')
    .map((path) => JSON.parse(readFileSync(path, 'utf8')))
    .flatMap(({ node, generations }) =>
      generations.map((entry) => ({
        ...entry,
        node: node.title,
        kind: node.kind,
        slot: `${node.tab}:${node.id}:${entry.row}:${entry.candidate}`,
      })),
    );
}

function findFiles(folder, wanted) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return findFiles(path, wanted);
    return wanted(path) ? [path] : [];
  });
}

module.exports = { readReceipts, findFiles };
