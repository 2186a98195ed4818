import { cachedUrls, entryUrl, otherEntries, pickOf } from '../../src/flow/cached';
import type { FlowNode } from '../../src/flow/types';

function nodeWith(properties: Record<string, unknown>): FlowNode {
  const slots = { inputs: [], outputs: [], ownInputs: true, ownOutputs: true };
  return { id: 1, type: 'x', title: 'x', role: 'video', muted: false, index: 0, properties, ...slots };
}
const u = (n: number): string => `https://r.example/${n}`;
const gate = { tab: 0, id: 1 };

test('a list entry is a link or an object that holds one', () => {
  expect(entryUrl({ url: u(1) })).toBe(u(1));
  for (const entry of [null, '', 'data:image/png;base64,AA', { href: u(1) }, 7, 'https://a b'])
    expect(entryUrl(entry)).toBeNull();
});

test('each vocabulary is believed first in its own words', () => {
  const node = nodeWith({ _savedClips: [u(1)], _savedVideos: [u(2)] });
  const shape = { kind: 'video', rows: 1, outputCount: 4 } as const;
  expect(cachedUrls(node, { ...shape, vocabulary: 'wiki' })).toEqual([u(1)]);
  expect(cachedUrls(node, { ...shape, vocabulary: 'github' })).toEqual([u(2)]);
  expect(cachedUrls(nodeWith({ _savedVideoUrl: u(3), _savedVideos: [] }), { ...shape, vocabulary: 'github' })).toEqual([
    u(3),
  ]);
});

test('the list that does not count is kept by place, as far as a run writes it', () => {
  const shape = { kind: 'video', rows: 1, outputCount: 2, vocabulary: 'wiki' } as const;
  const others = (properties: Record<string, unknown>): unknown => otherEntries(nodeWith(properties), shape);
  expect(others({ _savedClips: [u(1)], _savedVideos: [null, u(2), u(3)] })).toEqual([null, u(2)]);
  expect(others({ _savedClips: [], _savedVideos: [u(2)] })).toEqual([]);
  expect(others({ _savedClips: [u(1)] })).toEqual([]);
  expect(others({})).toEqual([]);
});

test('a hole is skipped in one row and ends the list of several (D13)', () => {
  const node = nodeWith({ _savedImages: [u(1), null, u(3), u(4), u(5)] });
  const shape = { kind: 'image', vocabulary: 'wiki', outputCount: 2 } as const;
  expect(cachedUrls(node, { ...shape, rows: 1 })).toEqual([u(1), u(3), u(4), u(5)]);
  expect(cachedUrls(node, { ...shape, rows: 3 })).toEqual([u(1)]);
});

test.each([
  [{ _savedApprovalImages: [u(1), u(2)], _savedApprovalIndex: 0 }, u(1)],
  [{ _savedApprovalImages: [u(1), { url: u(2) }], _savedApprovalIndex: 1 }, u(2)],
  [{ _savedApprovalImages: [], _savedApprovalIndex: 0 }, null],
  [{ _savedApprovalImages: [u(1)], _savedApprovalIndex: 1 }, null],
  [{ _savedApprovalImages: [u(1)], _savedApprovalIndex: '0' }, null],
  [{ _savedApprovalImages: [u(1)], galleryIndex: 0 }, null],
])('the pick of %j is %j (D14)', (properties, url) => {
  expect(pickOf(nodeWith(properties), gate, 'image')?.url ?? null).toBe(url);
});

test('the pick of clips has an index of its own', () => {
  const properties = { _savedApprovalVideos: [u(1), u(2)], _savedApprovalVideoIndex: 1, _savedApprovalIndex: 0 };
  expect(pickOf(nodeWith(properties), gate, 'video')).toEqual({ gate, index: 1, url: u(2) });
});
