import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { deadHolds, dropHold } from './files/holds';

/**
 * Gives back to Temporal what a dead worker of this machine had in hand, so that it is handed out again at once instead
 * of after a heartbeat timeout. An activity that ended meanwhile refuses, which is fine.
 */
export async function takeOverDeadHolds(home: string, client: Client): Promise<number> {
  const holds = await deadHolds(home);
  const died = (pid: number): Error =>
    ApplicationFailure.create({
      type: 'Worker.Died',
      message: `the worker (process ${pid}) died; another one goes on`,
      nonRetryable: false,
      nextRetryDelay: '1 ms',
    });
  const taken = await Promise.all(
    holds.map(async ({ path, owner }) => {
      const token = Buffer.from(owner.taskToken, 'base64');
      const given = await client.activity.fail(token, died(owner.identity.pid)).then(
        () => true,
        () => false,
      );
      await dropHold(path);
      return given;
    }),
  );
  return taken.filter(Boolean).length;
}
