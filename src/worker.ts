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
    await Promise.all([passes.run(), generations.run()]);
  } finally {
    await connection.close();
  }
}

if (require.main === module) {
  runWorker().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  });
}
