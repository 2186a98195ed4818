/** The query's definition apart from the workflow's own modules, so that clients can load it without the sandbox API. */
import type { QueryDefinition } from '@temporalio/common';
import type { PassProgress } from './messages';

export const progressQuery: QueryDefinition<PassProgress> = {
  type: 'query',
  name: 'progress',
} as QueryDefinition<PassProgress>;
