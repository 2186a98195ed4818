/** Names shared by every part: task queues, search attributes, workflow types. */

export const TASK_QUEUE = 'nbflow';

/** Generations have a queue of their own, because its slots are the cap on the backend (design: 5). */
export function generateQueue(taskQueue: string): string {
  return `${taskQueue}-generate`;
}

/** Hard cap of nodes in flight per backend; above it G-Labs throttles and fails more. */
export const MAX_CONCURRENCY = 5;
export const DEFAULT_CONCURRENCY = 3;
export const DEFAULT_SERVER = 'http://localhost:8765';

export const SEARCH_ATTRIBUTES = {
  code: 'NbflowCode',
  version: 'NbflowVersion',
  brand: 'NbflowBrand',
  state: 'NbflowState',
} as const;
