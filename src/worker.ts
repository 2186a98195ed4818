/** The worker: composition root. Told to stop (SIGTERM, SIGINT) it gives its activities back at once. */
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities } from './activities/index';
import { defaultHome, loadSettings } from './config';
import { generateQueue, MAX_CONCURRENCY } from './names';
import { takeOverDeadHolds } from './takeover';
import { installLogger } from './worker-log';
import { workerDeps } from './worker-deps';
import { workflowCode } from './workflow-code';

export async function runWorker(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const home = defaultHome(env);
  const { taskQueue } = loadSettings(null, env);
  installLogger(home);
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const connection = await NativeConnection.connect(connectionOptions ?? {});
  try {
    const activities = createActivities(workerDeps(home, env));
    const shared = {
      connection,
      namespace,
      shutdownGraceTime: '1 ms', // activities are safe to stop anywhere: give them back at once
      shutdownForceTime: '20 s',
      maxHeartbeatThrottleInterval: '1 s', // progress is read from heartbeats
    } as const;
    const [passes, generations] = await Promise.all([
      Worker.create({
        ...shared,
        taskQueue,
        activities,
        ...workflowCode(),
        stickyQueueScheduleToStartTimeout: '1 s', // a dead worker's cached workflows are picked up by the next one
        maxConcurrentActivityTaskExecutions: 20,
      }),
      Worker.create({
        ...shared,
        taskQueue: generateQueue(taskQueue),
        activities: { generateNode: activities.generateNode },
        maxConcurrentActivityTaskExecutions: MAX_CONCURRENCY,
      }),
    ]);
    await takeOverDeadHolds(home, new Client({ connection, namespace }));
    await runTogether([passes, generations]);
  } finally {
    await connection.close();
  }
}

/** When one of them ends, the others are told to stop: a worker that takes only half of the work would look alive. */
export async function runTogether(workers: readonly Pick<Worker, 'run' | 'shutdown' | 'getState'>[]): Promise<void> {
  const stop = (): void =>
    workers.filter((worker) => worker.getState() === 'RUNNING').forEach((worker) => worker.shutdown());
  const ends = await Promise.allSettled(workers.map((worker) => worker.run().finally(stop)));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}

if (require.main === module) {
  runWorker().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  });
}
