import { readFileSync } from 'node:fs';
import path from 'node:path';
import { compileFlow } from '../../src/flow/compile';
import { matchReceipts, receiptKey } from '../../src/flow/match-receipts';
import { cacheEdits } from '../../src/flow/patches';
import { planPass } from '../../src/flow/plan';
import { parseFlow } from '../../src/flow/parse';
import type { CompiledFlow } from '../../src/flow/types';
import { evidenceOf, fullReceipt, optionsOf, urlsOf } from '../helpers/flows';

const FIXTURES = path.join(__dirname, '..', 'fixtures');

/** A fixture's text, and the compiled form of any edit of it. */
function jsonOf(name: string): unknown {
  return JSON.parse(readFileSync(path.join(FIXTURES, name), 'utf8')) as unknown;
}

function compile(json: unknown, name: string): CompiledFlow {
  return compileFlow(parseFlow(JSON.stringify(json), name));
}

function setIn(target: unknown, [key, ...rest]: readonly (string | number)[], value: unknown): void {
  const record = target as Record<string | number, unknown>;
  if (key === undefined) return;
  if (rest.length === 0) record[key] = value;
  else setIn(record[key], rest, value);
}

describe.each([
  ['XYZG3-V0-1.nbflow', 10],
  ['XYZS1-V0-4.nbflow', 80],
  ['week-1-testing.nbflow', 9],
])('%s', (name, count) => {
  const json = jsonOf(name);
  const compiled = compile(json, name);
  const candidates = compiled.generators.reduce((sum, one) => sum + one.rows.length * one.outputCount, 0);

  test('untouched, pays for every candidate of its generators', () => {
    const plan = planPass(compiled, evidenceOf(), optionsOf());
    expect(plan.nodes).toHaveLength(count);
    expect(plan.totals).toEqual({ generate: candidates, reuse: 0, resume: 0, finish: 0, blocked: 0 });
  });

  test('pictures first, then the clips: the second pass reuses every picture', () => {
    const images = compiled.generators.filter(({ kind }) => kind === 'image');
    const evidence = evidenceOf(Object.fromEntries(images.map((one) => [one.key, fullReceipt(one)])));
    const plan = planPass(compiled, evidence, optionsOf());
    const pictures = images.reduce((sum, one) => sum + one.rows.length * one.outputCount, 0);
    expect(plan.totals).toMatchObject({ generate: candidates - pictures, finish: pictures });
  });

  test('finished and written, is reused whole, with its receipts and from the file alone', () => {
    const finished = structuredClone(json);
    for (const one of compiled.generators) {
      for (const { path: where, value } of cacheEdits(compiled, one, urlsOf(fullReceipt(one))))
        setIn(finished, where, value);
    }
    const after = compile(finished, name);
    const receipts = compiled.generators.map((one) => ({ ...fullReceipt(one), key: receiptKey(one, compiled) }));
    const { byKey, unmatched } = matchReceipts(after, receipts);
    expect(unmatched).toEqual([]);
    for (const evidence of [evidenceOf(Object.fromEntries(byKey)), evidenceOf()]) {
      const plan = planPass(after, evidence, optionsOf());
      expect(plan.totals).toEqual({ generate: 0, reuse: candidates, resume: 0, finish: 0, blocked: 0 });
      expect(plan.nodes.flatMap(({ remarks }) => remarks)).toEqual([]);
    }
  });
});

test('a file with a cycle still has a plan, which is refused elsewhere', () => {
  const name = path.join('broken', 'cycle.nbflow');
  const compiled = compile(jsonOf(name), name);
  expect(planPass(compiled, evidenceOf(), optionsOf()).nodes).toHaveLength(10);
});
