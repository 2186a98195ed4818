import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { fingerprintRow, fingerprintVariants, matchesFingerprint } from '../../src/flow/fingerprint';
import { NO_HASHES, clipOf, entry, generated, generator, row, url } from '../helpers/flows';

const AVATAR = 'https://refs.example.test/avatar.png';
const PRODUCT = 'https://refs.example.test/product.png';
const withReferences = generator({ rows: [row('a kitchen', { references: [url(AVATAR), url(PRODUCT)] })] });
const [twoReferences = row('')] = withReferences.rows;

describe('the canonical form', () => {
  test('is the documented JSON', () => {
    const canonical =
      '{"aspectRatio":"9:16","durationSeconds":null,"kind":"image","model":"nano_banana_2","prompt":"a kitchen",' +
      `"references":[["reference","sha256","aa"],["reference","url","${PRODUCT}"]],"resolution":"1K"}`;
    const expected = `f1:${createHash('sha256').update(canonical).digest('hex')}`;
    expect(fingerprintRow(withReferences, twoReferences, new Map([[AVATAR, 'aa']]))).toBe(expected);
  });

  test('has the same values for ever, because a change makes every user pay again', () => {
    const still = generator({ rows: [row('héllo 🎬 "kitchen"')] });
    const clip = clipOf(still, { rows: [row('she waves', { startFrame: generated(still), endFrame: url(PRODUCT) })] });
    const local = generator({
      rows: [row('x', { references: [{ kind: 'local', path: 'reference/a.png', node: { tab: 0, id: 1 } }] })],
    });
    const values = [still, clip, local, withReferences].map((one) =>
      fingerprintRow(one, one.rows[0] ?? row(''), NO_HASHES),
    );
    expect(values).toMatchInlineSnapshot(`
     [
       "f1:5a48381b34f19cb844e5bdeb9858baad7e0d49a41cad67911a762d59a348d4a2",
       "f1:7b490fbe4943439326e27ec12a70ad8f2cf14d8e59cb2734cf54c690b03fd529",
       "f1:b9761e9b287e41a040522cacd39a1690ae44be721beb59349df9003680871bb7",
       "f1:57b977c3b0c569df92d6dd65c1fc58370d4b8130bbfa81ab33e1a440224518a7",
     ]
    `);
  });

  test('leaves out which still was picked', () => {
    const still = generator();
    const pick = { gate: { tab: 0, id: 6 }, index: 2, url: 'https://r2.example.test/c3.png' };
    const [plain, picked] = [clipOf(still), clipOf(still, {}, pick)].map((clip) =>
      fingerprintRow(clip, clip.rows[0] ?? row(''), NO_HASHES),
    );
    expect(plain).toBe(picked);
  });

  test('tells every own input apart', () => {
    const base = generator({ resolution: '1K' });
    const changed = [
      base,
      { ...base, model: 'nano_banana_pro' },
      { ...base, aspectRatio: '16:9' },
      { ...base, resolution: null },
      { ...base, durationSeconds: '8' },
      { ...base, kind: 'video' as const },
      { ...base, rows: [row('another')] },
      { ...base, rows: [{ ...(base.rows[0] ?? row('')), references: [url(AVATAR)] }] },
      { ...base, rows: [{ ...(base.rows[0] ?? row('')), references: [url(PRODUCT)] }] },
    ].map((one) => fingerprintRow(one, one.rows[0] ?? row(''), NO_HASHES));
    expect(new Set(changed).size).toBe(changed.length);
  });

  test('tells a start frame from an end frame and one order of references from the other', () => {
    const video = generator({ kind: 'video' });
    const frames = [row('x', { startFrame: url(AVATAR) }), row('x', { endFrame: url(AVATAR) })];
    const orders = [
      [url(AVATAR), url(PRODUCT)],
      [url(PRODUCT), url(AVATAR)],
    ].map((references) => row('x', { references }));
    const prints = [
      ...frames.map((one) => fingerprintRow(video, one, NO_HASHES)),
      ...orders.map((one) => fingerprintRow(generator(), one, NO_HASHES)),
    ];
    expect(new Set(prints).size).toBe(4);
  });
});

describe('matching an older generation', () => {
  const hashes = new Map([
    [AVATAR, 'aa'],
    [PRODUCT, 'bb'],
  ]);
  const recorded = [
    { url: AVATAR, sha256: 'aa' },
    { url: PRODUCT, sha256: 'bb' },
  ];

  test('a lost hash cache makes nobody pay again', () => {
    const made = entry(withReferences, {
      fingerprint: fingerprintRow(withReferences, twoReferences, hashes),
      references: recorded,
    });
    expect(matchesFingerprint(withReferences, twoReferences, NO_HASHES, made)).toBe(true);
    expect(matchesFingerprint(withReferences, twoReferences, new Map([[PRODUCT, 'bb']]), made)).toBe(true);
  });

  test('a known, different content under the same URL is a change', () => {
    for (const known of [hashes, NO_HASHES]) {
      const made = entry(withReferences, {
        fingerprint: fingerprintRow(withReferences, twoReferences, known),
        references: recorded,
      });
      expect(matchesFingerprint(withReferences, twoReferences, new Map([[AVATAR, 'cc']]), made)).toBe(false);
    }
  });

  test('the other content of an address that is not used any more is no change', () => {
    const one = generator({ rows: [row('a kitchen')] });
    const made = entry(one, { references: [{ url: 'https://refs.example.test/old.png', sha256: 'aa' }] });
    const now = new Map([['https://refs.example.test/old.png', 'zz']]);
    expect(matchesFingerprint(one, one.rows[0] ?? row(''), now, made)).toBe(true);
  });

  test('whatever was known then, and whatever is known of it now, the same inputs match', () => {
    const subset = fc.subarray(recorded);
    fc.assert(
      fc.property(subset, subset, (then, now) => {
        const asMap = (records: typeof then) => new Map(records.map((one) => [one.url, one.sha256]));
        const made = entry(withReferences, {
          fingerprint: fingerprintRow(withReferences, twoReferences, asMap(then)),
          references: recorded,
        });
        return matchesFingerprint(withReferences, twoReferences, asMap(now), made);
      }),
    );
  });

  test('variants begin with the form of today, and hold each form once', () => {
    const variants = fingerprintVariants(withReferences, twoReferences, hashes);
    expect(variants[0]).toBe(fingerprintRow(withReferences, twoReferences, hashes));
    expect(variants[1]).toBe(fingerprintRow(withReferences, twoReferences, NO_HASHES));
    expect(new Set(variants).size).toBe(4);
  });
});
