import fc from 'fast-check';
import { compareVersions, isApprovedWork, isInTesting, nextVersion } from '../../src/flow/versions';

test('versions come in the order in which people make them', () => {
  const order = ['draft', 'V0', 'V0-1', 'V0-2', 'V0-10', 'V1', 'V1-1', 'V1-2', 'V2-0-1', 'V2-0-2', 'V2', 'V2-1', 'V10'];
  expect(order.toReversed().sort(compareVersions)).toEqual(order);
  expect(compareVersions('v0-1', 'V0-1')).toBe(0);
});

test.each([
  ['V0', true],
  ['V0-7', true],
  ['v2-0-1', true],
  ['draft', true],
  ['V1', false],
  ['V1-2', false],
  ['V2', false],
])('%s is in testing: %s', (version, expected) => expect(isInTesting(version)).toBe(expected));

test('the order is one: it does not matter how versions are asked for', () => {
  const version = fc.array(fc.nat(3), { minLength: 1, maxLength: 3 }).map((parts) => `V${parts.join('-')}`);
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
        expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
    }),
  );
});

test.each([
  ['V0-1', 'V0-2'],
  ['V0-9', 'V0-10'],
  ['v0-09', 'v0-10'],
  ['V1', 'V1-1'],
  ['V1-1', 'V1-2'],
  ['V2-0-3', 'V2-0-4'],
  ['final', null],
])('after %s comes %s, and it is newer', (version, next) => {
  expect(nextVersion(version)).toBe(next);
  if (next !== null) expect(compareVersions(version, next)).toBeLessThan(0);
});

test('approved work and its variants are asked about, tests of a new workflow are not', () => {
  const asked = ['V0-1', 'V0', 'v0', 'no version', 'V1', 'V1-2', 'V2-0-1'].filter(isApprovedWork);
  expect(asked).toEqual(['V1', 'V1-2', 'V2-0-1']);
});
