import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

test('the workflows bundle from their sources with nothing ignored, and without zod', async () => {
  const workflowsPath = require.resolve('../src/workflows/index');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  expect(code).toContain('runPass');
  // The bundler keeps module paths as names.
  expect(code).not.toMatch(/node_modules\/zod\//);
  expect(code).not.toMatch(/node_modules\/(sharp|undici|@aws-sdk)\//);
});
