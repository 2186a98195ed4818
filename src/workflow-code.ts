import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The workflow bundle made by the build, or (from sources) the workflows to bundle at start. */
export function workflowCode(): { workflowBundle: { codePath: string } } | { workflowsPath: string } {
  const codePath = join(__dirname, 'workflow-bundle.js');
  return existsSync(codePath)
    ? { workflowBundle: { codePath } }
    : { workflowsPath: require.resolve('./workflows/index') };
}
