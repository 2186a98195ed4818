import fc from 'fast-check';
import type { Edit } from '../../src/files/patch';
import { applyEdits } from '../../src/files/patch';

const edit = (path: Edit['path'], value: unknown): Edit => ({ path, value });
const BOM = '\ufeff';

describe('the style of the place is kept', () => {
  test('an indented file gets indented lists, with its own line ends', () => {
    const text = '{\r\n  "a": {\r\n    "x": []\r\n  },\r\n  "n": 1.0\r\n}\r\n';
    expect(applyEdits(text, [edit(['a', 'x'], ['u', 'v'])])).toBe(
      '{\r\n  "a": {\r\n    "x": [\r\n      "u",\r\n      "v"\r\n    ]\r\n  },\r\n  "n": 1.0\r\n}\r\n',
    );
  });

  test('a compact file stays compact, without a line end behind it', () => {
    const text = '{"a":{"x":[]},"n":1.0}';
    expect(applyEdits(text, [edit(['a', 'x'], ['u', 'v']), edit(['a', 'y'], { q: [1, 2] })])).toBe(
      '{"a":{"x":["u","v"],"y":{"q":[1,2]}},"n":1.0}',
    );
  });

  test('a file with spaces behind commas and colons keeps them', () => {
    const text = '{"a": {"x": []}, "n": 1.0}';
    expect(applyEdits(text, [edit(['a', 'x'], ['u', 'v']), edit(['z'], null)])).toBe(
      '{"a": {"x": ["u", "v"]}, "n": 1.0, "z": null}',
    );
  });

  test('lines without indentation stay without', () => {
    expect(applyEdits('{\n"a": {\n"x": []\n}\n}', [edit(['a', 'x'], ['u'])])).toBe('{\n"a": {\n"x": [\n"u"\n]\n}\n}');
  });

  test('a list on one line in an indented file stays on one line', () => {
    expect(applyEdits('{\n\t"n": [1, 2],\n\t"m": [ 1,2 ]\n}', [edit(['n'], [3, 4]), edit(['m'], [5, 6])])).toBe(
      '{\n\t"n": [3, 4],\n\t"m": [ 5,6 ]\n}',
    );
  });

  test('an empty object is filled in the style of the file', () => {
    expect(applyEdits('{\n\t"a": {}\n}', [edit(['a', 'x'], 1), edit(['a', 'y'], [2])])).toBe(
      '{\n\t"a": {\n\t\t"x": 1,\n\t\t"y": [\n\t\t\t2\n\t\t]\n\t}\n}',
    );
    expect(applyEdits('{}', [edit(['a'], 1)])).toBe('{"a":1}');
  });
});

describe('what is not edited keeps its bytes', () => {
  test('numbers, escapes, doubled keys, a BOM and mixed line ends stay', () => {
    const text = `${BOM}{\r\n "n": 1.0, "e": 1e3,\n "big": 9007199254740993,\n "u": "\\u00e9\\/",\n "d": 1, "d": 2,\r\n "x": null }`;
    expect(applyEdits(text, [edit(['x'], 'new')])).toBe(text.replace('null', '"new"'));
  });

  test('a value that is there already keeps its spelling', () => {
    const text = '{"n": 1.0, "s": "\\u0061", "l": [ 1 ,2 ]}';
    expect(applyEdits(text, [edit(['n'], 1), edit(['s'], 'a'), edit(['l'], [1, 2])])).toBe(text);
  });

  test('of equal keys the last one counts, as when the file is read', () => {
    expect(applyEdits('{"a":1,"a":2}', [edit(['a'], 3)])).toBe('{"a":1,"a":3}');
  });

  test('keys named like built-in ones are just keys', () => {
    const text = '{"__proto__":{"constructor":[]},"toString":1}';
    expect(applyEdits(text, [edit(['__proto__', 'constructor'], ['a']), edit(['toString'], 2)])).toBe(
      '{"__proto__":{"constructor":["a"]},"toString":2}',
    );
    expect(applyEdits('{"a":1}', [edit(['__proto__'], 2)])).toBe('{"a":1,"__proto__":2}');
  });

  test('escaped keys are found', () => {
    expect(applyEdits('{"\\u0061\\"":1}', [edit(['a"'], 2)])).toBe('{"\\u0061\\"":2}');
  });
});

describe('refusals', () => {
  test.each([
    [['a', 'b', 'c'], 'its parent is missing'],
    [['l', 5], 'the list is shorter'],
    [['l', 'x'], 'a list has no keys'],
    [['s', 'x'], 'a text has no members'],
  ])('%j: %s', (path) => {
    expect(() => applyEdits('{"a":{},"l":[1],"s":"x"}', [edit(path, 1)])).toThrow(
      expect.objectContaining({ type: 'File.Changed' }) as Error,
    );
  });

  test('a text that is no JSON is not touched', () => {
    for (const text of ['', '{', '{"a":1,}', '{"a":1} x', '// c\n{"a":1}']) {
      expect(() => applyEdits(text, [edit(['a'], 1)])).toThrow(
        expect.objectContaining({ type: 'File.Changed' }) as Error,
      );
    }
  });

  test('edits inside each other are a mistake of the caller', () => {
    expect(() => applyEdits('{"a":{"b":1}}', [edit(['a'], 1), edit(['a', 'b'], 2)])).toThrow(/inside each other/);
  });
});

test('lists grow at their end, several entries at once', () => {
  expect(applyEdits('{"l": ["a"]}', [edit(['l', 0], 'z'), edit(['l', 1], 'b'), edit(['l', 2], 'c')])).toBe(
    '{"l": ["z", "b", "c"]}',
  );
});

test('any edits of any document: the values are the edited ones and all other bytes are the old ones', () => {
  const key = fc.oneof(fc.constantFrom('a', 'b', '__proto__', 'k"ey', 'é'), fc.string({ maxLength: 4 }));
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.oneof(
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
      ),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  const spaces = fc.constantFrom('', ' ', '  ', '\t', 'python');
  const eol = fc.constantFrom('\n', '\r\n');
  const seeds = fc.array(fc.tuple(fc.nat(), fc.nat(), tree), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(
      fc.dictionary(key, tree, { minKeys: 1 }),
      spaces,
      eol,
      fc.boolean(),
      seeds,
      (document, unit, lineEnd, bom, picks) => {
        const written =
          unit === 'python'
            ? JSON.stringify(document, null, 1).replace(/\n */g, ' ')
            : JSON.stringify(document, null, unit);
        const text = (bom ? BOM : '') + (unit === 'python' ? written : written.replaceAll('\n', lineEnd));
        const original: unknown = JSON.parse(JSON.stringify(document));
        const edits: Edit[] = [];
        for (const [where, how, value] of picks) {
          const places = pathsOf(original);
          const place = places[where % places.length] as Edit['path'];
          const path = how % 3 === 0 ? [...place.slice(0, -1), 'brand new'] : place;
          const fits = how % 3 !== 0 || !Array.isArray(valueAt(original, place.slice(0, -1)));
          const clear = edits.every((other) => !inside(path, other.path) && !inside(other.path, path));
          if (fits && clear) edits.push({ path, value: JSON.parse(JSON.stringify(value)) });
        }
        const result = applyEdits(text, edits);
        const expected: unknown = JSON.parse(JSON.stringify(original));
        for (const { path, value } of edits) set(expected, path, value);
        expect(JSON.parse(result.replace(BOM, ''))).toEqual(expected);
        expect(result.startsWith(BOM)).toBe(bom);
        // Undoing the edits of existing values gives the old file: nothing else moved.
        const undo = edits
          .filter(({ path }) => hasAt(original, path))
          .map(({ path }) => edit(path, valueAt(original, path)));
        if (undo.length === edits.length && unit !== 'python') {
          expect(JSON.parse(applyEdits(result, undo).replace(BOM, ''))).toEqual(original);
        }
        const untouched =
          edits.length === 0 ||
          edits.every(({ path, value }) => same(valueAt(original, path), value) && hasAt(original, path));
        if (untouched) expect(result).toBe(text);
      },
    ),
    { numRuns: 400 },
  );
});

test('between the edited values not one byte differs', () => {
  const filler = fc.constantFrom(
    '1.0',
    '1e3',
    '9007199254740993',
    '"\\u00e9"',
    '{ "x" :1 , "x":2}',
    '[ ]',
    '\t[1 ,\r\n 2]',
    '-0.0',
  );
  const value = fc.constantFrom<unknown>('new', ['a', 'b'], null, { k: [] }, 7.5);
  fc.assert(
    fc.property(
      fc.array(filler, { minLength: 2, maxLength: 8 }),
      fc.array(value, { minLength: 1, maxLength: 8 }),
      (kept, values) => {
        const pairs = kept.map((text, i) => `"keep${i}": ${text} ,\r\n  "edit${i}":[] `);
        const text = `{ ${pairs.join(',\n')}}\n`;
        const edits = kept.map((_, i) => edit([`edit${i}`], values[i % values.length]));
        let rest = applyEdits(text, edits);
        for (const piece of text.split('[] ').flatMap((part) => part.split(/(?<="edit\d":)$/))) {
          if (piece === '') continue;
          const at = rest.indexOf(piece);
          expect(at).toBeGreaterThanOrEqual(0);
          rest = rest.slice(at + piece.length);
        }
        expect(rest).toBe('');
      },
    ),
    { numRuns: 200 },
  );
});

function pathsOf(value: unknown, above: Edit['path'] = []): Edit['path'][] {
  if (typeof value !== 'object' || value === null) return [];
  const steps: (string | number)[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return steps.flatMap((step) => {
    const path = [...above, step];
    return [path, ...pathsOf((value as Record<string, unknown>)[step], path)];
  });
}

function valueAt(value: unknown, path: Edit['path']): unknown {
  return path.reduce<unknown>(
    (at, step) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, step)
        ? (at as Record<string, unknown>)[step]
        : undefined,
    value,
  );
}

function hasAt(value: unknown, path: Edit['path']): boolean {
  const parent = valueAt(value, path.slice(0, -1));
  return typeof parent === 'object' && parent !== null && Object.hasOwn(parent, path.at(-1) as string);
}

function set(value: unknown, path: Edit['path'], to: unknown): void {
  const parent = valueAt(value, path.slice(0, -1)) as object;
  Object.defineProperty(parent, path.at(-1) as string, {
    value: to,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

function inside(a: Edit['path'], b: Edit['path']): boolean {
  return b.length <= a.length && b.every((step, i) => step === a[i]);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
