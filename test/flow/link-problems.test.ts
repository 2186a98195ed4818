import type { LinkFacts, LinkLook } from '../../src/flow/link-facts';
import { linkLists } from '../../src/flow/link-lists';
import { linkProblems } from '../../src/flow/link-problems';
import { problemLines } from '../../src/flow/link-words';
import { relinkEdits } from '../../src/flow/relink';
import type { Receipt } from '../../src/flow/receipt';
import type { CompiledFlow, Generator, Kind } from '../../src/flow/types';
import { compiledOf, fullReceipt, generator, row, urlsOf } from '../helpers/flows';

const PRICES = { image: 1, video: 10 };
const u = (n: number): string => `https://r.example/${n}.png`;
const GONE: LinkLook = { state: 'gone', reason: 'HTTP 404' };
const SILENT: LinkLook = { state: 'silent', reason: 'ECONNREFUSED' };
const whole = (sha256: string, kind: Kind = 'image'): LinkLook => ({ state: 'whole', kind, sha256 });

interface Setting {
  readonly generators: readonly Generator[];
  readonly properties: Readonly<Record<string, Record<string, unknown>>>;
  readonly receipts?: Readonly<Record<string, Receipt>>;
  readonly looks?: Readonly<Record<string, LinkLook>>;
  readonly missing?: readonly string[];
}

/** All links are whole and all files right, but for what is said. */
function factsOf({ generators, properties, receipts = {}, looks = {}, missing = [] }: Setting): {
  readonly flow: CompiledFlow;
  readonly facts: LinkFacts;
} {
  const flow = compiledOf(generators, properties);
  const lists = linkLists(flow);
  const entries = Object.values(receipts).flatMap(({ generations }) => generations);
  const urls = [...lists.flatMap((list) => list.entries), ...entries.map(({ url }) => url)];
  const known = new Map(entries.map(({ url, sha256 }) => [url, sha256]));
  const seen = urls.flatMap((url): [string, LinkLook][] =>
    url === null ? [] : [[url, looks[url] ?? whole(known.get(url) ?? `sha of ${url}`)]],
  );
  const files = new Map(
    entries.map(({ file }) => [file ?? '', missing.includes(file ?? '') ? ('missing' as const) : ('right' as const)]),
  );
  return { flow, facts: { lists, looks: new Map(seen), files, receipts: new Map(Object.entries(receipts)) } };
}

function found(setting: Setting): string[] {
  const { flow, facts } = factsOf(setting);
  return linkProblems(flow, facts, PRICES).map(
    ({ kind, mend, node, place, price }) => `${node}/${place}: ${kind}, ${mend}, ${price}`,
  );
}

/** A still that the old runner made: links in the file, no receipt. */
const stillWith = (id: number, urls: readonly (string | null)[], more: Partial<Generator> = {}): Generator =>
  generator({ id, scene: `0${id}`, cachedUrls: urls.filter((url) => url !== null), ...more });
const cache = (urls: readonly unknown[]): Record<string, unknown> => ({ _savedImages: urls });

test('without receipts a dead link costs its price, a silent one nothing, and a whole list has no problem', () => {
  const urls = [u(1), u(2), u(3), u(4)];
  const setting = { generators: [stillWith(1, urls)], properties: { '0:1': cache(urls) } };
  expect(found(setting)).toEqual([]);
  expect(found({ ...setting, looks: { [u(2)]: GONE, [u(3)]: SILENT } })).toEqual([
    '1/2: gone, pay, 1',
    '1/3: silent, wait, 0',
  ]);
  expect(found({ ...setting, looks: { [u(2)]: whole('x', 'video') } })).toEqual(['1/2: wrong-type, rerun, 1']);
});

test('a short list and a hole count once each; an entry more than needed stands in for a dead one', () => {
  const short = [u(1), null, u(3)];
  expect(found({ generators: [stillWith(1, short)], properties: { '0:1': cache(short) } })).toEqual([
    '1/2: hole, pay, 1',
    '1/null: short, pay, 1',
  ]);
  const long = [u(1), u(2), u(3), u(4), u(5)];
  const setting = { generators: [stillWith(1, long)], properties: { '0:1': cache(long) }, looks: { [u(2)]: GONE } };
  expect(found(setting)).toEqual(['1/2: gone, none, 0']);
  expect(found({ generators: [stillWith(1, [])], properties: { '0:1': cache([]) } })).toEqual([]);
});

test('one link in two nodes, and one called after another scene, are told apart from receipts', () => {
  const [a, b] = [
    [u(1), u(2), u(3), u(4)],
    [u(1), u(5), u(6), 'https://r.example/scene07-c4.png'],
  ];
  const setting = { generators: [stillWith(1, a), stillWith(2, b)], properties: { '0:1': cache(a), '0:2': cache(b) } };
  expect(found(setting)).toEqual(['1/1: twice, rerun, 1', '2/1: twice, rerun, 1', '2/4: foreign, rerun, 1']);
});

test('by receipts: the local file is uploaded, the store copy fetched, the right link written, in its own place', () => {
  const still = generator({ id: 5 });
  const receipt = fullReceipt(still);
  const [one, two, three, four] = urlsOf(receipt) as [string, string, string, string];
  const listed = [one, u(9), two, three];
  const setting: Setting = {
    generators: [{ ...still, cachedUrls: listed, gates: [{ tab: 0, id: 50 }] }],
    properties: {
      '0:5': cache(listed),
      '0:50': { _savedApprovalImages: [{ url: one, note: 1 }, { url: u(9) }, two, three] },
    },
    receipts: { '0:5': receipt },
    looks: { [u(9)]: GONE, [one]: GONE },
    missing: [receipt.generations[2]?.file ?? ''],
  };
  expect(found(setting)).toEqual(['5/1: gone, upload, 0', '5/2: gone, relink, 0', '5/3: file-missing, fetch, 0']);
  const { flow, facts } = factsOf(setting);
  expect(relinkEdits(flow, facts)).toEqual([
    { path: ['tabs', 0, 'graphData', 'nodes', 0, 'properties', '_savedImages', 1], value: four },
    { path: ['tabs', 0, 'graphData', 'nodes', 1, 'properties', '_savedApprovalImages', 1, 'url'], value: four },
  ]);
});

test('in a list of several rows a link takes no other place than its own', () => {
  const still = generator({ id: 5, outputCount: 2, rows: [row('a'), row('b', { row: 2 })] });
  const receipt = fullReceipt(still);
  const [one, , three, four] = urlsOf(receipt) as [string, string, string, string];
  const listed = [one, u(9), three, four];
  const lost = receipt.generations[1];
  const setting: Setting = {
    generators: [{ ...still, cachedUrls: listed }],
    properties: { '0:5': cache(listed) },
    receipts: { '0:5': { ...receipt, generations: receipt.generations.filter((entry) => entry !== lost) } },
    looks: { [u(9)]: GONE },
  };
  expect(found(setting)).toEqual(['5/2: gone, pay, 1']);
  const { flow, facts } = factsOf(setting);
  expect(relinkEdits(flow, facts)).toEqual([]);
});

test('what is left nowhere here is asked for at G-Labs, by a run', () => {
  const still = generator({ id: 5 });
  const receipt = fullReceipt(still);
  const urls = urlsOf(receipt);
  const setting: Setting = {
    generators: [{ ...still, cachedUrls: urls }],
    properties: { '0:5': cache(urls) },
    receipts: { '0:5': receipt },
    looks: { [urls[3] ?? '']: GONE },
    missing: [receipt.generations[3]?.file ?? ''],
  };
  expect(found(setting)).toEqual(['5/4: gone, ask, 1']);
  const { flow, facts } = factsOf(setting);
  const lines = problemLines(linkProblems(flow, facts, PRICES), { file: 'A B.nbflow', severalTabs: false });
  expect(lines).toEqual([
    'Scene 01 — image gen',
    '    picture 4: the link leads nowhere any more',
    expect.stringMatching(/asks G-Labs .* pays 1 unit only if that is gone: nbflow run ['"]A B.nbflow['"] --scene 01$/),
  ]);
});
