/** All activities of a worker, merged from their factories. */
import { createAwaitBackend, createAwaitDisk, createAwaitStore } from './await-gates';
import type { ActivityDeps } from './deps';
import { createExportPass } from './export-pass';
import { createGenerateNode } from './generate-node';
import { createOpenPass } from './open-pass';
import { createRecordDecisions } from './record-decisions';

export interface Activities {
  openPass: ReturnType<typeof createOpenPass>;
  generateNode: ReturnType<typeof createGenerateNode>;
  awaitBackend: ReturnType<typeof createAwaitBackend>;
  awaitStore: ReturnType<typeof createAwaitStore>;
  awaitDisk: ReturnType<typeof createAwaitDisk>;
  exportPass: ReturnType<typeof createExportPass>;
  recordDecisions: ReturnType<typeof createRecordDecisions>;
}

export function createActivities(deps: ActivityDeps): Activities {
  return {
    openPass: createOpenPass(deps),
    generateNode: createGenerateNode(deps),
    awaitBackend: createAwaitBackend(deps),
    awaitStore: createAwaitStore(deps),
    awaitDisk: createAwaitDisk(deps),
    exportPass: createExportPass(deps),
    recordDecisions: createRecordDecisions(deps),
  };
}
