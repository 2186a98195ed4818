import fc from 'fast-check';
import {
  mergeWorkerEnv,
  satisfies,
  tagWorkerEnv,
  withoutSettings,
  workerSettings,
} from '../../src/services/worker-env';

const TOKEN = 'token-of-thirty-two-characters-or-more';
const anyEnv = fc.dictionary(
  fc.constantFrom('GLABS_API_KEY', 'GLABS_SERVER', 'R2_BUCKET', 'TEMPORAL_NAMESPACE'),
  fc.string({ minLength: 1 }),
);

describe("the worker's settings", () => {
  const env = {
    PATH: '/bin',
    GLABS_API_KEY: 'k',
    R2_BUCKET: 'b',
    R2_REGION: '',
    NBFLOW_HOME: '/h',
    NBFLOW_TASK_QUEUE: 'q',
  };

  test('are the variables of ours, without empty ones and the place of the home', () => {
    expect(workerSettings(env)).toEqual({ GLABS_API_KEY: 'k', R2_BUCKET: 'b', NBFLOW_TASK_QUEUE: 'q' });
  });

  test('are not inherited by the supervisor', () => {
    expect(withoutSettings(env)).toEqual({ PATH: '/bin' });
  });

  test('a key that a caller lacks is kept, a store that a caller lacks is not', () => {
    const current = { GLABS_API_KEY: 'k', R2_BUCKET: 'b' };
    expect(mergeWorkerEnv(current, { TEMPORAL_NAMESPACE: 'n' })).toEqual({
      GLABS_API_KEY: 'k',
      TEMPORAL_NAMESPACE: 'n',
    });
  });

  test('a worker started for a request satisfies that request, whatever it had before', () => {
    fc.assert(
      fc.property(anyEnv, anyEnv, (current, asked) => {
        expect(satisfies(tagWorkerEnv(mergeWorkerEnv(current, asked), TOKEN), asked, TOKEN)).toBe(true);
      }),
    );
  });

  test('a changed, an added and a removed setting are noticed', () => {
    const tags = tagWorkerEnv({ GLABS_API_KEY: 'k', R2_BUCKET: 'b' }, TOKEN);
    expect(satisfies(tags, { GLABS_API_KEY: 'other', R2_BUCKET: 'b' }, TOKEN)).toBe(false);
    expect(satisfies(tags, { R2_BUCKET: 'b', R2_REGION: 'auto' }, TOKEN)).toBe(false);
    expect(satisfies(tags, { GLABS_API_KEY: 'k' }, TOKEN)).toBe(false);
    expect(satisfies(tags, { R2_BUCKET: 'b' }, TOKEN)).toBe(true);
  });

  test('tags show nothing of a value, and depend on the token', () => {
    const [one, two] = [tagWorkerEnv({ GLABS_API_KEY: 'k' }, TOKEN), tagWorkerEnv({ GLABS_API_KEY: 'k' }, `${TOKEN}2`)];
    expect(one['GLABS_API_KEY']).toMatch(/^[0-9a-f]{16}$/);
    expect(one).not.toEqual(two);
  });
});
