import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { envFileText, readEnvFile, splitSettings } from '../../src/services/service-env';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'nbflow-service-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(text: string, mode = 0o600): string {
  const path = join(folder, 'service.env');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

test('keys, and whatever is not known to be harmless, count as secrets; relative paths become absolute', () => {
  const env = {
    ...{ GLABS_API_KEY: 'k', GLABS_SERVER: 'http://localhost:1', GLABS_API_KEY_FILE: 'key', GLABS_NEW: 'n' },
    ...{ R2_ACCESS_KEY_ID: 'i', R2_SECRET_ACCESS_KEY: 's', R2_BUCKET: 'b', R2_REGION: '' },
    ...{ TEMPORAL_API_KEY: 't', TEMPORAL_ADDRESS: 'a:1', TEMPORAL_TLS_CLIENT_KEY_DATA: 'd' },
    ...{ PATH: '/bin', HOME: '/h', AWS_SECRET_ACCESS_KEY: 'other', NBFLOW_SUPERVISED: '1' },
  };
  expect(splitSettings(env, (path) => `/abs/${path}`)).toEqual({
    open: {
      ...{ PATH: '/bin', GLABS_SERVER: 'http://localhost:1', GLABS_API_KEY_FILE: '/abs/key' },
      ...{ R2_BUCKET: 'b', TEMPORAL_ADDRESS: 'a:1' },
    },
    secret: {
      ...{ GLABS_API_KEY: 'k', GLABS_NEW: 'n', R2_ACCESS_KEY_ID: 'i', R2_SECRET_ACCESS_KEY: 's' },
      ...{ TEMPORAL_API_KEY: 't', TEMPORAL_TLS_CLIENT_KEY_DATA: 'd' },
    },
  });
});

test('a file of settings that others can read is refused, and so is a missing one', () => {
  expect(readEnvFile(file('GLABS_API_KEY=k\nEMPTY=\n'))).toEqual({ GLABS_API_KEY: 'k' });
  expect(() => readEnvFile(file('GLABS_API_KEY=k\n', 0o640))).toThrow('others can read it');
  expect(() => readEnvFile(join(folder, 'none'))).toThrow('There is no file');
});

test('what is written into the file of secrets is read back as it was', () => {
  const value = fc
    .string({ minLength: 1, unit: fc.constantFrom(...`"'\`\\$% #=n`, '\n', 'é') })
    .filter((text) => !(text.includes("'") && text.includes('`') && /["\\]/.test(text)));
  fc.assert(
    fc.property(value, (secret) => {
      expect(readEnvFile(file(envFileText({ GLABS_API_KEY: secret })))).toEqual({ GLABS_API_KEY: secret });
    }),
    { numRuns: 60 },
  );
});

test('a secret with every kind of quote is refused rather than changed', () => {
  expect(() => envFileText({ GLABS_API_KEY: `'"\`` })).toThrow('every kind of quote');
});
