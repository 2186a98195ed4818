import { fixEffects } from '../../src/flow/fix-effects';
import type { Version } from '../../src/flow/fix-effects';
import type { Receipt } from '../../src/flow/receipt';
import type { Generator } from '../../src/flow/types';
import { compiledOf, evidenceOf, fullReceipt, generator, receiptOf, row } from '../helpers/flows';

const PRICES = { image: 1, video: 10 };
const LINKS = ['https://r.example/1.png'];
const node = { '0:5': { _savedImages: LINKS } };
const version = (one: Generator, receipts: Record<string, Receipt> = {}, properties = {}): Version => ({
  flow: compiledOf([one], properties),
  evidence: evidenceOf(receipts),
});
const still = generator();
const edited = generator({ rows: [row('quite another prompt')] });

test('a fix that changes no request changes nothing about what is made', () => {
  const receipts = { [still.key]: fullReceipt(still) };
  expect(fixEffects(version(still, receipts), version(still, receipts), PRICES)).toEqual([]);
  expect(fixEffects(version(still), version(edited), PRICES)).toEqual([]);
});

test('a fix that changes what a made node asks for is told with its price', () => {
  const receipts = { [still.key]: fullReceipt(still) };
  expect(fixEffects(version(still, receipts), version(edited, receipts), PRICES)).toEqual([
    { generator: edited, again: 4, more: 0, kept: 0, price: 4 },
  ]);
  // What could not be planned before, because of the fault, counts as having been fine.
  const blocked = generator({ rows: [] });
  expect(fixEffects(version(blocked, receipts), version(edited, receipts), PRICES)).toMatchObject([{ again: 4 }]);
  expect(fixEffects(version(blocked, receipts), version(still, receipts), PRICES)).toEqual([]);
});

test('what is to be made again anyway is not put down to the fix', () => {
  const receipts = { [still.key]: fullReceipt(still) };
  expect(fixEffects(version(edited, receipts), version(edited, receipts), PRICES)).toEqual([]);
});

test('more candidates beside those that there are', () => {
  const few = generator({ outputCount: 1, cachedUrls: LINKS });
  const many = generator({ cachedUrls: LINKS });
  expect(fixEffects(version(few, {}, node), version(many, {}, node), PRICES)).toEqual([
    { generator: many, again: 0, more: 3, kept: 0, price: 3 },
  ]);
});

test('results without a record stay when the model is mended, and that is said', () => {
  const old = generator({ model: '', outputCount: 1, cachedUrls: LINKS });
  const now = generator({ outputCount: 1, cachedUrls: LINKS });
  expect(fixEffects(version(old, {}, node), version(now, {}, node), PRICES)).toEqual([
    { generator: now, again: 0, more: 0, kept: 1, price: 0 },
  ]);
  const receipts = { [now.key]: receiptOf(now, fullReceipt(now).generations) };
  expect(fixEffects(version(old, receipts, node), version(now, receipts, node), PRICES)).toEqual([]);
});
