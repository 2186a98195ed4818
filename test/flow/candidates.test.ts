import fc from 'fast-check';
import { candidateStates, resolveStill } from '../../src/flow/candidates';
import type { CandidateStates } from '../../src/flow/candidates';
import type { Generator } from '../../src/flow/types';
import { entry, evidenceOf, fullReceipt, generated, generator, pickOf, receiptOf, row, urlsOf } from '../helpers/flows';

const link = (name: string): string => `https://r2.example.test/${name}.png`;
const links = (...names: string[]): string[] => names.map(link);
const usableUrls = ({ places }: CandidateStates): (string | null)[] => places.map(({ usable }) => usable?.url ?? null);
const statesOf = (cachedUrls: string[], overrides: Partial<Generator> = {}, dead: string[] = []) =>
  candidateStates(generator({ cachedUrls, ...overrides }), undefined, evidenceOf({}, { deadUrls: new Set(dead) }));
const twoRows = { rows: [row('first'), row('second', { row: 2 })], outputCount: 2 };

describe('cached URLs without a receipt', () => {
  test('count at their places, and the rest is missing', () => {
    expect(usableUrls(statesOf(links('a', 'b')))).toEqual([...links('a', 'b'), null, null]);
  });

  test('are row-major, a row’s candidates side by side', () => {
    const { places } = statesOf(links('a', 'b', 'c'), twoRows);
    expect(places.map((place) => [place.row, place.candidate, place.usable?.url ?? null])).toEqual([
      [1, 1, link('a')],
      [1, 2, link('b')],
      [2, 1, link('c')],
      [2, 2, null],
    ]);
  });

  test('that do not answer leave a hole at their place', () => {
    expect(usableUrls(statesOf(links('a', 'b', 'c', 'd'), {}, links('b')))).toEqual([
      link('a'),
      null,
      link('c'),
      link('d'),
    ]);
  });

  test('beyond the count stand in for dead ones in a one-row node, and stay pickable otherwise', () => {
    const filled = statesOf(links('a', 'b', 'c', 'd'), { outputCount: 2 }, links('a'));
    expect(usableUrls(filled)).toEqual(links('c', 'b'));
    expect(filled.spare.map((spare) => [spare.candidate, spare.url])).toEqual([[4, link('d')]]);
  });

  test('beyond the count are not taken for what an edit asks for', () => {
    const one = generator();
    const receipt = fullReceipt(one);
    const cachedUrls = [...urlsOf(receipt), ...links('older', 'oldest')];
    const edited = { ...one, rows: [row('in other words')], cachedUrls };
    expect(usableUrls(candidateStates(edited, receipt, evidenceOf()))).toEqual([null, null, null, null]);
    const failed = entry(edited, { state: 'failed', url: null, file: null });
    const tried = { ...receipt, generations: [...receipt.generations, failed] };
    expect(usableUrls(candidateStates(edited, tried, evidenceOf()))).toEqual([null, null, null, null]);
    const dead = {
      deadUrls: new Set(urlsOf(receipt).slice(0, 1)),
      missingFiles: new Set([receipt.generations[0]?.file ?? '']),
    };
    const mended = candidateStates({ ...one, cachedUrls }, receipt, evidenceOf({}, dead));
    expect(usableUrls(mended)).toEqual([link('older'), ...urlsOf(receipt).slice(1)]);
  });

  test('of the other list stand in for what is dead or missing, and are not taken for listed', () => {
    const others = { otherUrls: [...links('a', 'x'), null, link('y')] };
    const filled = statesOf(links('a', 'b', 'c'), others, links('b'));
    expect(usableUrls(filled)).toEqual(links('a', 'x', 'c', 'y'));
    expect(filled.places.map(({ inFile }) => inFile)).toEqual([true, false, true, false]);
    expect(usableUrls(statesOf(links('a', 'b', 'c', 'd'), others))).toEqual(links('a', 'b', 'c', 'd'));
    expect(usableUrls(statesOf(links('a'), others, links('a', 'x', 'y')))).toEqual([null, null, null, null]);
  });

  test('of the other list stand in only at their own place in a node of several rows', () => {
    const others = { ...twoRows, otherUrls: links('w', 'x', 'y', 'z') };
    expect(usableUrls(statesOf(links('a', 'b', 'c'), others, links('b')))).toEqual(links('a', 'x', 'c', 'z'));
  });

  test('of another row never stand in', () => {
    expect(usableUrls(statesOf(links('a', 'b', 'c', 'd', 'e'), twoRows, links('a')))).toEqual([
      null,
      ...links('b', 'c', 'd'),
    ]);
  });
});

describe('URLs with a receipt', () => {
  const one = generator({ outputCount: 2 });

  test('count while their inputs are today’s, at the candidate the receipt says', () => {
    const receipt = fullReceipt(one);
    const reversed = { ...one, cachedUrls: [...urlsOf(receipt)].reverse() };
    expect(usableUrls(candidateStates(reversed, receipt, evidenceOf()))).toEqual(urlsOf(receipt));
  });

  test.each([
    ['made from other inputs', { fingerprint: `f1:${'0'.repeat(64)}` }],
    ['made from other inputs, and replaced', { fingerprint: `f1:${'0'.repeat(64)}`, superseded: true }],
  ])('do not count when %s, though the file lists them', (_, overrides) => {
    const receipt = fullReceipt(one, overrides);
    const states = candidateStates({ ...one, cachedUrls: urlsOf(receipt) }, receipt, evidenceOf());
    expect(usableUrls(states)).toEqual([null, null]);
    expect(states.spare).toEqual([]);
  });

  test('an unknown URL counts beside an old entry (another machine made it)', () => {
    const receipt = fullReceipt(one, { fingerprint: 'f1:old' });
    const { places } = candidateStates({ ...one, cachedUrls: links('new') }, receipt, evidenceOf());
    expect(places[0]).toMatchObject({ origin: 'file', current: false, usable: { url: link('new') } });
  });

  test('an unknown URL does not hide a paid task that is still out', () => {
    const receipt = receiptOf(one, [entry(one, { state: 'submitted', url: null, file: null })]);
    const { places } = candidateStates({ ...one, cachedUrls: links('x') }, receipt, evidenceOf());
    expect(places[0]).toMatchObject({ usable: null, current: true });
    expect(places[1]?.usable?.url).toBe(link('x'));
  });

  test('candidates beyond today’s count stay pickable while the file lists them', () => {
    const receipt = fullReceipt(one);
    const fewer = { ...one, outputCount: 1, cachedUrls: urlsOf(receipt) };
    expect(candidateStates(fewer, receipt, evidenceOf()).spare.map(({ candidate }) => candidate)).toEqual([2]);
  });

  test('a dead URL leaves the local file usable, if it is there', () => {
    const receipt = receiptOf(one, [entry(one), entry(one, { candidate: 2 })]);
    const evidence = evidenceOf(
      {},
      { deadUrls: new Set(urlsOf(receipt)), missingFiles: new Set([receipt.generations[1]?.file ?? '']) },
    );
    const { places } = candidateStates(one, receipt, evidence);
    expect(places.map(({ usable }) => usable?.file ?? null)).toEqual([receipt.generations[0]?.file, null]);
  });
});

describe('the still of a clip', () => {
  const still = generator({ outputCount: 2 });
  const receipt = fullReceipt(still);
  const [first, second] = urlsOf(receipt);
  const resolve = (upstream: Generator, pick: string | null, wanted = row('clip'), dead: string[] = []) =>
    resolveStill({
      source: generated(upstream, pick === null ? null : pickOf(pick)),
      row: wanted,
      upstream,
      receipt: upstream.rows.length === 1 ? receipt : undefined,
      evidence: evidenceOf({}, { deadUrls: new Set(dead) }),
    });

  test('is the picked candidate', () => {
    expect(resolve(still, second ?? '')).toMatchObject({
      candidate: 2,
      url: second,
      sha256: expect.any(String) as string,
    });
  });

  test('is the first usable one without a pick, or with a pick that is no candidate', () => {
    expect(resolve(still, null)?.url).toBe(first);
    expect(resolve(still, link('gone'))?.url).toBe(first);
  });

  test('is the picked one by its file while its link is dead', () => {
    expect(resolve(still, second ?? '', row('clip'), [second ?? ''])).toMatchObject({ candidate: 2, url: null });
  });

  test('comes from the same row, where the pick means nothing', () => {
    const rows = generator({ ...twoRows, cachedUrls: links('a', 'b', 'c', 'd') });
    expect(resolve(rows, link('b'), row('clip', { row: 2 }))?.url).toBe(link('c'));
    expect(resolve(rows, null, row('clip', { row: 3 }))).toBeNull();
  });

  test('comes from the only row for all rows of a clip', () => {
    expect(resolve(still, null, row('clip', { row: 3 }))?.url).toBe(first);
  });

  test('is null while there is nothing', () => {
    const empty = generator();
    expect(
      resolveStill({
        source: generated(empty),
        row: row('x'),
        upstream: empty,
        receipt: undefined,
        evidence: evidenceOf(),
      }),
    ).toBeNull();
  });
});

test('no dead URL is ever used, and every living unknown one of a one-row node is used or spare, once', () => {
  const urls = fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { maxLength: 8 });
  fc.assert(
    fc.property(
      urls,
      fc.subarray([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
      fc.integer({ min: 1, max: 5 }),
      (list, dead, count) => {
        const deadLinks = dead.map((n) => link(String(n)));
        const states = statesOf(
          list.map((n) => link(String(n))),
          { outputCount: count },
          deadLinks,
        );
        const used = [...states.places.map(({ usable }) => usable), ...states.spare].flatMap(
          (usable) => usable?.url ?? [],
        );
        const living = list.map((n) => link(String(n))).filter((one) => !deadLinks.includes(one));
        expect([...used].sort()).toEqual([...living].sort());
        const filled = states.places.filter(({ usable }) => usable !== null).length;
        expect(filled).toBe(Math.min(count, living.length));
      },
    ),
  );
});
