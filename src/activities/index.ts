/** All activities of a worker, merged from their factories. */
import { createAwaitBackend } from './await-backend';
import type { ActivityDeps } from './deps';
import { createExportPass } from './export-pass';
import { createGenerateNode } from './generate-node';
import { createOpenPass } from './open-pass';
import { createRecordDecisions } from './record-decisions';

export interface Activities {
  openPass: ReturnType<typeof createOpenPass>;
  generateNode: ReturnType<typeof createGenerateNode>;
  awaitBackend: ReturnType<typeof createAwaitBackend>;
  exportPass: ReturnType<typeof createExportPass>;
  recordDecisions: ReturnType<typeof createRecordDecisions>;
}

export function createActivities(deps: ActivityDeps): Activities {
  return {
    openPass: createOpenPass(deps),
    generateNode: createGenerateNode(deps),
    awaitBackend: createAwaitBackend(deps),
    exportPass: createExportPass(deps),
    recordDecisions: createRecordDecisions(deps),
  };
}
