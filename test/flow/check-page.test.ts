/** docs/check.md names every rule that the checks know, and no other. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const FLOW = join(__dirname, '../../src/flow');
/** Names of failures and of what a scheduler refuses look alike. */
const NO_RULES = /^(failure-|scheduler|request|entries|errors|ledger)/;

test('the page has one row for each rule, and no other', () => {
  const sources = readdirSync(FLOW)
    .filter((name) => !NO_RULES.test(name))
    .map((name) => readFileSync(join(FLOW, name), 'utf8'));
  const literal =
    /'(R[1-9]|(?:Avatar|Cache|File|Frame|Graph|Image|Money|Node|Prompt|Ratio|Reference|Rows|Video)\.[A-Z][A-Za-z0-9]+)'/g;
  const known = new Set(sources.flatMap((text) => [...text.matchAll(literal)].map(([, rule = '']) => rule)));
  // What can be wrong with a file before it is checked.
  for (const failure of ['File.Damaged', 'File.Changed', 'File.Busy']) known.delete(failure);
  const page = readFileSync(join(__dirname, '../../docs/check.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([^`]+)`/gm)].map(([, rule]) => rule);
  expect(rows.sort()).toEqual([...known].sort());
});
