/** errors.json as others read it: every read is checked against the published schema. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import type { ErrorEntry } from '../../src/flow/error-entries';

const schema = JSON.parse(
  readFileSync(join(__dirname, '..', '..', 'docs', 'errors.schema.json'), 'utf8'),
) as ErrorsSchema;

export interface ErrorsSchema {
  readonly definitions: Readonly<
    Record<'entry' | 'candidate', { readonly required: readonly string[]; readonly properties: object }>
  >;
}

export const errorsSchema: ErrorsSchema = schema;

/** Says what is wrong with a document, null when it is as the schema says. */
export function schemaTrouble(document: unknown): string | null {
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
  return ajv.validate(schema, document) ? null : ajv.errorsText();
}

/** The entries of a file that must be as the schema says. */
export function readErrorEntries(path: string): readonly ErrorEntry[] {
  const document = JSON.parse(readFileSync(path, 'utf8')) as { entries: readonly ErrorEntry[] };
  const trouble = schemaTrouble(document);
  if (trouble !== null) throw new Error(`${path} is not as docs/errors.schema.json says: ${trouble}`);
  return document.entries;
}
