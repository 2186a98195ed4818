/** What we read of `reference/version-registry.json`. It is the team's file: whatever else is in it is not our business. */
import { z } from 'zod';

const text = z.string().nullish();

const entrySchema = z.looseObject({ version: text, date: text, notes: text, id: text });
const workflowSchema = z.looseObject({
  current_version: text,
  status: text,
  fanned_out_to_accounts: z.array(z.string()).nullish(),
  test_account: text,
  last_updated: text,
  type: text,
  month: text,
  drive_link: text,
  history: z.array(entrySchema).nullish(),
});

/** People keep remarks in such files, as `_note` or `$comment`. */
const isComment = (key: string): boolean => /^[_$]/.test(key);

function withoutComments(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !isComment(key)));
}

/** Brand -> code -> workflow; a workflow that stands directly under `workflows` belongs to no brand. */
export const registrySchema = z.looseObject({
  workflows: z.preprocess(withoutComments, z.record(z.string(), z.looseObject({}))).nullish(),
});

export interface HistoryEntry {
  readonly version: string | null;
  /** As written, usually `2026-05-12`. */
  readonly date: string | null;
  readonly notes: string | null;
  /** Ours, so that nothing is written down twice; null in entries of others. */
  readonly id: string | null;
}

export interface RegistryWorkflow {
  /** Null where the registry does not sort its workflows by brand. */
  readonly brand: string | null;
  readonly code: string;
  readonly currentVersion: string | null;
  readonly status: string | null;
  readonly fannedOutTo: readonly string[];
  readonly testAccount: string | null;
  readonly lastUpdated: string | null;
  readonly type: string | null;
  readonly month: string | null;
  /** To the newest file on Google Drive, for teams that keep it here. */
  readonly driveLink: string | null;
  /** In the order of the file. */
  readonly history: readonly HistoryEntry[];
}

export interface Place {
  readonly brand: string | null;
  readonly code: string;
  /** From the root of the file to the workflow. */
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Where the workflows of a registry stand, in the order of the file. */
export function placesOf(registry: z.infer<typeof registrySchema>): readonly Place[] {
  return Object.entries(registry.workflows ?? {}).flatMap(([key, value]): readonly Place[] => {
    if ('current_version' in value || 'history' in value) {
      return [{ brand: null, code: key, path: ['workflows', key], value }];
    }
    const codes = Object.entries(value).filter(([code]) => !isComment(code));
    return codes.map(([code, workflow]) => ({ brand: key, code, path: ['workflows', key, code], value: workflow }));
  });
}

/** Throws a ZodError whose paths begin at the workflow. */
export function readWorkflow({ brand, code, value }: Place): RegistryWorkflow {
  const workflow = workflowSchema.parse(value);
  return {
    brand,
    code,
    currentVersion: workflow.current_version ?? null,
    status: workflow.status ?? null,
    fannedOutTo: workflow.fanned_out_to_accounts ?? [],
    testAccount: workflow.test_account ?? null,
    lastUpdated: workflow.last_updated ?? null,
    type: workflow.type ?? null,
    month: workflow.month ?? null,
    driveLink: workflow.drive_link ?? null,
    history: (workflow.history ?? []).map(({ version, date, notes, id }) => ({
      version: version ?? null,
      date: date ?? null,
      notes: notes ?? null,
      id: id ?? null,
    })),
  };
}
