import { ServiceError } from '@temporalio/client';
import { serverTrouble } from '../../src/cli/server-trouble';

const failing = (details: string, freeBytes = 1e9): unknown =>
  serverTrouble(
    new ServiceError('Failed to describe workflow', { cause: Object.assign(new Error('x'), { details }) }),
    () => freeBytes,
  );

test('a full disk of the server is said as one, with what to do', () => {
  expect(failing('UpdateShard: database or disk is full (13)')).toMatchObject({
    type: 'Temporal.NoSpace',
    exitCode: 4,
    next: [expect.stringMatching(/^Free some space/), expect.stringMatching(/same command again/)],
  });
});

test('and so is one of which the server does not tell', () => {
  expect(failing('shard status unknown', 4096)).toMatchObject({ type: 'Temporal.NoSpace' });
});

test('whatever else it says is quoted', () => {
  expect(failing('shard status unknown')).toMatchObject({
    type: 'Temporal.Failing',
    exitCode: 4,
    message: expect.stringContaining("can't do what it is asked: shard status unknown") as string,
  });
});

test('other errors are none of its', () => {
  expect(serverTrouble(new Error('disk is full'))).toBeNull();
});
