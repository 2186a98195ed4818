/** Secrets may lie in files that only their owner can read: `NAME_FILE` names the file that holds the value of `NAME`. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/** What may be given as a file. */
export const SECRET_NAMES = ['GLABS_API_KEY', 'R2_ACCESS_KEY_ID', 'R2_SECRET_ACCESS_KEY'] as const;

/** Of which only the file is ever named: keys of several lines. */
const KEY_FILES = ['NBFLOW_TRACKER_KEY_FILE', 'GOOGLE_APPLICATION_CREDENTIALS'];

/** `NAME` for `NAME_FILE` and the other way round, null for what is no secret of ours: the two say the same thing. */
export function otherForm(name: string): string | null {
  const plain = SECRET_NAMES.find((secret) => name === secret || name === `${secret}_FILE`);
  if (plain === undefined) return null;
  return name === plain ? `${plain}_FILE` : plain;
}

/**
 * The weaker settings under the stronger ones. A secret that the stronger ones give in one form is not taken from the
 * weaker ones in the other.
 */
export function layered(weaker: Env, stronger: Env): Record<string, string | undefined> {
  const left = Object.entries(weaker).filter(([name]) => !stronger[otherForm(name) ?? '']);
  return { ...Object.fromEntries(left), ...stronger };
}

/** The settings with paths of secret files made whole: who reads them next may stand in another folder. */
export function withWholePaths(env: Env, folder: string): Record<string, string | undefined> {
  const files = [...SECRET_NAMES.map((name) => `${name}_FILE`), ...KEY_FILES].filter((name) => env[name]);
  return { ...env, ...Object.fromEntries(files.map((name) => [name, resolve(folder, env[name] ?? '')])) };
}

/** The settings with the content of secret files put in; what is wrong with a file is added to `problems`. */
export function readSecretFiles(env: Env, problems: string[]): Record<string, string | undefined> {
  const read = { ...env };
  for (const name of SECRET_NAMES) {
    const file = env[`${name}_FILE`];
    if (file && !env[name]) read[name] = readSecret(`${name}_FILE`, file, problems);
  }
  return read;
}

/** A file that others can read is refused, so that a secret does not leak unnoticed. Windows has no such bits. */
export function secretFileProblem(file: string): string | null {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) return `there is no file ${file}`;
  if (!found.isFile()) return `${file} is no file`;
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    return `others can read ${file}, which holds a secret; type: chmod 600 '${file}'`;
  }
  return null;
}

function readSecret(setting: string, file: string, problems: string[]): string | undefined {
  const complain = (what: string): undefined => {
    problems.push(`${setting}: ${what}`);
    return undefined;
  };
  const problem = secretFileProblem(file);
  if (problem !== null) return complain(problem);
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    return complain(`${file} can't be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
  // Said without quoting it: this may well be the secret.
  if (!/^[\x21-\x7e]+$/.test(text)) return complain(`${file} must hold the secret alone, in one line without spaces`);
  return text;
}
