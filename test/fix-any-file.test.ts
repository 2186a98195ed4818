/** Fixing files with any damage: what holds whatever is wrong with them. */
import fc from 'fast-check';
import { fixText } from '../src/fix-file';
import { checkFlow } from '../src/flow/check';
import { parseFlow } from '../src/flow/parse';
import { mutilated } from './helpers/mutilated';
import { TabBuilder } from './helpers/storyboard';

const FILE = 'XYZG3-V0-1.nbflow';

const tabs = [new TabBuilder('Account A'), new TabBuilder('Account B', 100_001)];
for (const tab of tabs) {
  const gate = tab.gate();
  const template = tab.template('She {pose}', ['pose']);
  tab.link(tab.rows('pose', ['sits']), template);
  const image = tab.image();
  tab.link(template, image, 0);
  tab.link(tab.reference(`https://r.example/${tab.name}.png`), image, 1);
  tab.link(image, gate);
  tab.clip(gate);
}

test('nothing mendable is left, what is not named stays, and a second fix does nothing', () => {
  fc.assert(
    fc.property(mutilated(tabs), (text) => {
      const result = fixText(text, FILE);
      expect(
        checkFlow(parseFlow(result.text, FILE), { fileName: 'XYZG3-V0-1' }).filter(({ fix }) => fix !== null),
      ).toEqual([]);
      expect(fixText(result.text, FILE)).toEqual({ text: result.text, fixes: [] });
      if (result.fixes.length === 0) expect(result.text).toBe(text);
      const paths = result.fixes.flatMap(({ values }) =>
        values.map(({ path, after }) => (after === undefined ? listOf(path) : path)),
      );
      expect(without(result.text, paths)).toEqual(without(text, paths));
    }),
    { numRuns: 300 },
  );
});

/** A list that an entry is taken out of is another list. */
function listOf(path: string): string {
  return path.replace(/\[\d+\]$/, '');
}

/** The values of a file but for some. */
function without(text: string, paths: readonly string[]): unknown {
  const value: unknown = JSON.parse(text);
  for (const path of paths) {
    const steps = path.split(/[.[\]]+/).filter(Boolean);
    const parent = steps
      .slice(0, -1)
      .reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], value);
    const last = steps.at(-1) ?? '';
    // Not spliced: what stands behind keeps its place.
    if (typeof parent === 'object' && parent !== null) (parent as Record<string, unknown>)[last] = 'fixed';
  }
  return value;
}
