/** How one word is written in the formats that start a service, so that it arrives as it is. */
import { FlowError } from '../flow/errors';

/** Needs no quotes in any shell or unit file. */
const PLAIN = /^[A-Za-z0-9_@:+,./=-]+$/;

/** Throws FlowError `Usage` (2) for what no format can carry: line ends and other control characters. */
export function requireWritable(words: readonly string[]): void {
  const bad = words.find((word) => [...word].some((char) => char < ' ' || char === '\x7f'));
  if (bad === undefined) return;
  throw new FlowError('Usage', `${JSON.stringify(bad)} holds a line end or another control character.`, 2, [
    'A service can not be told such a path or setting: rename or correct it.',
  ]);
}

/** A quoted string of a unit file; `%` begins a specifier everywhere in it. */
function unitString(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`;
}

/** `Environment=`: variables are not expanded there. */
export function unitAssignment(name: string, value: string): string {
  return unitString(`${name}=${value}`);
}

/** One word of a command in a unit file. */
export function unitWord(text: string): string {
  return PLAIN.test(text) ? text : unitString(text.replaceAll('$', '$$$$'));
}

/** `ExecStart=`: systemd refuses quotes and backslashes in the program's own path, so a shell hands it over then. */
export function unitCommand(words: readonly string[]): string {
  const [program = '', ...rest] = words;
  const odd = /["'\\$]/.test(program);
  const first = odd ? ['/bin/sh', '-c', 'exec "$0" "$@"', program] : [program];
  return [...first, ...rest].map(unitWord).join(' ');
}

/** Text of an XML element. */
export function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Throws FlowError `Usage` (2) for what Windows' scheduler would replace; it has no way to write such a text plainly. */
export function requireTaskWords(texts: readonly string[]): void {
  const bad = texts.find((text) => /%[^%]*%|\$\(/.test(text));
  if (bad === undefined) return;
  throw new FlowError('Usage', `Windows' task scheduler would take "${bad}" for a variable.`, 2, [
    'Move it to a path without a pair of % and without $(.',
  ]);
}

/** One argument as programs on Windows take their command line apart. */
export function windowsArgument(text: string): string {
  if (text !== '' && !/[\s"]/.test(text)) return text;
  return `"${text.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
}

/** One word for a shell of Unix. */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}

/** One word of a crontab line: for the shell, and with cron's own line end (`%`) made harmless. */
export function cronWord(text: string): string {
  return shellWord(text).replaceAll('%', '\\%');
}
