/** Run as a process of its own by version-registry.test.ts: writes several notes. Arguments: root, name of the writer, how many. */
import { updateRegistry } from '../../src/files/version-registry';

const [root = '', name = '', count = '1'] = process.argv.slice(2);
const identity = { root, workflowId: 'XYZG3-V0-1', code: 'XYZG3', brand: 'project' };

async function write(): Promise<void> {
  for (let i = 0; i < Number(count); i++) {
    const entry = { version: 'V0-1', notes: `${name} ${i}`, id: `${name}-${i}` };
    await updateRegistry(identity, { at: new Date(), entry });
  }
}

write().catch((error: unknown) => {
  process.stderr.write(String(error));
  process.exitCode = 1;
});
