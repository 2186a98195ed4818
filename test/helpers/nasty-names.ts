/** Titles and tab names that lead elsewhere, or that some system does not take, and what a name must be to be legal on all. */

/** For titles and tab names. */
export const NASTY = [
  ...['../../../etc/passwd', '..\\..\\windows', '/etc/passwd', 'C:\\x', '\\\\server\\share', '~/x', '.', '..', '', ' '],
  ...['CON', 'nul.png', 'COM1', 'lpt9 ', 'aux.', 'COM¹', 'candidates', '.nbflow', 'x'.repeat(300), '日'.repeat(300)],
  ...[
    '🎬'.repeat(150),
    '👩‍👩‍👧‍👦 Scene',
    'a\0b',
    'a\nb',
    'trailing. ',
    'Scene 01',
    'scene 1',
    'SCENE 01 -r2',
    'x-c1',
    'e\u0301',
  ],
  ...['\u202Egnp.exe', '%2e%2e%2f', 'a:b', '*?"<>|', '$(rm -rf x)', '`x`', '-rf', 'node-5', 'tab-2', 'untitled'],
];

const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|com\d|lpt\d)(\.|$)/i;

/** What is wrong with a relative path, anywhere. */
export function illegal(relative: string): readonly string[] {
  return relative.split(/[\\/]/).filter(
    (segment) =>
      /^\.{0,2}$|[. ]$/.test(segment) ||
      [...segment].some((letter) => letter < ' ' || '<>:"|?*'.includes(letter)) ||
      DEVICE.test(segment) ||
      // Part files and locks add some 40 bytes.
      Buffer.byteLength(segment) > 215,
  );
}
