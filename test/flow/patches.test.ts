import fc from 'fast-check';
import { entryUrl } from '../../src/flow/cached';
import { cacheEdits } from '../../src/flow/patches';
import type { Generator } from '../../src/flow/types';
import { compiledOf, generator } from '../helpers/flows';

const link = (name: string): string => `https://r2.example.test/${name}.png`;
const links = (...names: string[]): string[] => names.map(link);

/** The edits of one node by field name, for a node and gate with these properties. */
function editsOf(urls: readonly string[], own: object, overrides: Partial<Generator> = {}, gate?: object) {
  const one = generator({ gates: gate ? [{ tab: 0, id: 6 }] : [], ...overrides });
  const compiled = compiledOf([one], { '0:5': { ...own }, '0:6': { ...gate } });
  return cacheEdits(compiled, one, urls).map(({ path, value }) => [path.slice(4).join('.'), value]);
}

describe('the cache fields', () => {
  test('are those the node has', () => {
    expect(editsOf(links('a'), { _savedImages: [] })).toEqual([['0.properties._savedImages', links('a')]]);
    expect(editsOf(links('a'), { _savedClips: [], _savedVideos: null }, { kind: 'video' })).toEqual([
      ['0.properties._savedClips', links('a')],
      ['0.properties._savedVideos', links('a')],
    ]);
  });

  test.each([
    ['wiki', ['0.properties._savedClips']],
    ['github', ['0.properties._savedVideos', '0.properties._savedVideoUrl']],
  ] as const)('are those of %s words when a clip has none', (vocabulary, fields) => {
    expect(editsOf(links('a'), {}, { kind: 'video', vocabulary }).map(([field]) => field)).toEqual(fields);
  });

  test('name the first clip in _savedVideoUrl unless it names a current one', () => {
    const single = (_savedVideoUrl: unknown) =>
      editsOf(links('a', 'b'), { _savedVideos: links('a', 'b'), _savedVideoUrl }, { kind: 'video' });
    expect(single(link('b'))).toEqual([]);
    expect(single(null)).toEqual([['0.properties._savedVideoUrl', link('a')]]);
    expect(single(link('old'))).toEqual([['0.properties._savedVideoUrl', link('a')]]);
  });

  test('are not touched when they say it already', () => {
    expect(editsOf(links('a', 'b'), { _savedImages: links('a', 'b') })).toEqual([]);
  });
});

describe('a list', () => {
  test('that is longer keeps its rest', () => {
    expect(editsOf(links('x', 'y'), { _savedImages: links('a', 'b', 'c') })).toEqual([
      ['0.properties._savedImages', links('x', 'y', 'c')],
    ]);
  });

  test('names nothing twice when a spare one moved to the front', () => {
    expect(editsOf(links('c', 'b'), { _savedImages: links('dead', 'b', 'c', 'd') })).toEqual([
      ['0.properties._savedImages', links('c', 'b', 'dead', 'd')],
    ]);
  });

  test('of objects keeps its objects: only their url changes, new ones take the shape', () => {
    const list = [
      { url: link('a'), seed: 1 },
      { url: link('b'), seed: 2 },
    ];
    expect(editsOf(links('x', 'b', 'z'), { _savedImages: list })).toEqual([
      ['0.properties._savedImages.0.url', link('x')],
      ['0.properties._savedImages.2', { url: link('z'), seed: 1 }],
    ]);
  });

  test('is never shortened, begins with the URLs in order, and a second time nothing changes', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
    const stringOrObject = name.chain((one) => fc.constantFrom(link(one), { url: link(one), extra: one }, null));
    const urls = fc.uniqueArray(name, { minLength: 1, maxLength: 5 }).map((names) => names.map(link));
    fc.assert(
      fc.property(fc.array(stringOrObject, { maxLength: 7 }), urls, (list, wanted) => {
        const one = generator();
        const own = { _savedImages: [...list] as unknown[] };
        const compiled = compiledOf([one], { '0:5': own });
        for (const { path, value } of cacheEdits(compiled, one, wanted)) apply(own, path.slice(6), value);
        expect(own._savedImages.slice(0, wanted.length).map(entryUrl)).toEqual(wanted);
        expect(own._savedImages.length).toBe(Math.max(list.length, wanted.length));
        expect(cacheEdits(compiled, one, wanted)).toEqual([]);
      }),
    );
  });
});

describe('the galleries of a gate', () => {
  test('are those it has, and always the approval list; indexes stay', () => {
    const gate = { galleryImages: [], _savedApprovalIndex: 2, galleryIndex: 1, galleryVideos: [] };
    expect(editsOf(links('a'), { _savedImages: links('a') }, {}, gate)).toEqual([
      ['1.properties._savedApprovalImages', links('a')],
      ['1.properties.galleryImages', links('a')],
    ]);
  });

  test('of a clip are the video ones', () => {
    expect(editsOf(links('a'), { _savedClips: links('a') }, { kind: 'video' }, {})).toEqual([
      ['1.properties._savedApprovalVideos', links('a')],
    ]);
  });
});

test('a node that is no longer in the file, or nothing to write, gives no edits', () => {
  const one = generator();
  expect(cacheEdits(compiledOf([]), one, links('a'))).toEqual([]);
  expect(cacheEdits(compiledOf([one]), one, [])).toEqual([]);
});

/** Sets a value deep inside plain data, as the text edits do. */
function apply(target: unknown, [key, ...rest]: readonly (string | number)[], value: unknown): void {
  const record = target as Record<string | number, unknown>;
  if (key === undefined) return;
  if (rest.length === 0) record[key] = typeof value === 'object' ? structuredClone(value) : value;
  else apply(record[key], rest, value);
}
