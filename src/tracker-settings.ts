/** Where the tracker is: a folder of CSV files, unless a spreadsheet is named. */
import { createPrivateKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { FlowError } from './flow/errors';
import { secretFileProblem } from './secret-files';

export interface TrackerSettings {
  /** Absolute; null: the usual place, see trackerFolder. */
  readonly folder: string | null;
  /** Id of a Google spreadsheet. */
  readonly spreadsheet: string | null;
  /** Of the service account, JSON as Google gives it out. */
  readonly keyFile: string | null;
}

const ADDRESS = /^https:\/\/docs\.google\.com\/spreadsheets\/d\/([\w-]+)/;
const spreadsheet = z
  .string()
  .transform((text) => ADDRESS.exec(text)?.[1] ?? text)
  .pipe(z.string().regex(/^[\w-]{8,}$/, 'must be the id of a Google spreadsheet, or its address in the browser'));

export const trackerConfigSchema = z.strictObject({
  folder: z.string().min(1).optional(),
  spreadsheet: spreadsheet.optional(),
});

export const trackerEnvShape = {
  NBFLOW_TRACKER_FOLDER: z.string().min(1).optional(),
  NBFLOW_TRACKER_SPREADSHEET: spreadsheet.optional(),
  NBFLOW_TRACKER_KEY_FILE: z.string().min(1).optional(),
  GOOGLE_APPLICATION_CREDENTIALS: z.string().min(1).optional(),
};

type Values = z.infer<z.ZodObject<typeof trackerEnvShape>>;

/** `values`: what the environment and `.env` say, stronger than the config file. */
export function trackerSettings(
  root: string | null,
  config: z.infer<typeof trackerConfigSchema> | undefined,
  values: Partial<Values>,
): TrackerSettings {
  const folder = values.NBFLOW_TRACKER_FOLDER ?? config?.folder;
  return {
    folder: folder === undefined ? null : resolve(root ?? '.', folder),
    spreadsheet: values.NBFLOW_TRACKER_SPREADSHEET ?? config?.spreadsheet ?? null,
    keyFile: values.NBFLOW_TRACKER_KEY_FILE ?? values.GOOGLE_APPLICATION_CREDENTIALS ?? null,
  };
}

/**
 * `reference/tracker`; beside the files where a folder is no project yet: making `reference` there would change what the project is,
 * and with it where results are looked for.
 */
export function trackerFolder(root: string, { folder }: Pick<TrackerSettings, 'folder'>): string {
  if (folder !== null) return folder;
  const isMarked = ['nbflow.config.json', 'reference'].some((name) => existsSync(join(root, name)));
  return isMarked ? join(root, 'reference', 'tracker') : join(root, 'tracker');
}

const keySchema = z.object({ client_email: z.string().min(3), private_key: z.string().min(1) });

/** Throws FlowError `Usage` (exit 2): no such file, one that others can read, no key of a service account. Never quotes it. */
export function readServiceAccount(keyFile: string | null): { readonly email: string; readonly privateKey: string } {
  if (keyFile === null) {
    throw unusable(
      'NBFLOW_TRACKER_KEY_FILE: the spreadsheet needs the key of a service account, and no file is named.',
    );
  }
  const problem = secretFileProblem(keyFile);
  if (problem !== null) throw unusable(`NBFLOW_TRACKER_KEY_FILE: ${problem}.`);
  try {
    const { client_email: email, private_key: privateKey } = keySchema.parse(JSON.parse(readFileSync(keyFile, 'utf8')));
    createPrivateKey(privateKey);
    return { email, privateKey };
  } catch {
    // The cause may quote what is in the file.
    throw unusable(
      `NBFLOW_TRACKER_KEY_FILE: ${keyFile} is not the JSON key of a service account: expected client_email and private_key.`,
    );
  }
}

function unusable(message: string): FlowError {
  return new FlowError('Usage', message, 2, [
    'Google Cloud console → IAM → Service accounts → Keys → Add key (JSON); save the file and type: chmod 600 FILE',
    'Then NBFLOW_TRACKER_KEY_FILE=FILE in the .env of the project, and share the spreadsheet with the address of the account.',
  ]);
}
