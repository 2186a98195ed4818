import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { isRunning } from '../../src/files/process-identity';
import { down, servicesStatus } from '../../src/services/down';
import { isStoreHealthy, isTemporalHealthy } from '../../src/services/health';
import { readControl } from '../../src/services/state';
import { homeFolders } from '../../src/services/home';
import { runningServices, up } from '../../src/services/up';
import type { Rig, WorkerStart } from './services-rig';
import { kill, openRig, until } from './services-rig';

let rig: Rig;
beforeEach(async () => {
  rig = await openRig();
});
afterEach(async () => {
  await rig.close();
});

const start = (extra: Record<string, string> = {}): ReturnType<typeof up> =>
  up({ env: { ...rig.env, ...extra }, workerScript: rig.workerScript });

/** The worker's n-th start, as it noted it itself. */
const workerStart = (n: number): Promise<WorkerStart> => until(`worker start ${n}`, () => rig.workerStarts()[n - 1]);

const allPids = (): number[] => [rig.state().supervisor.pid, rig.pid('temporal'), rig.pid('store'), rig.pid('worker')];

describe('up', () => {
  test('starts healthy servers and a worker that knows them; once more starts nothing', async () => {
    const first = await start({ GLABS_API_KEY: 'key-one' });
    expect([...first.startedNow].sort()).toEqual(['store', 'supervisor', 'temporal', 'worker']);
    expect(await isTemporalHealthy(Number(first.temporal.address.split(':')[1]))).toBe(true);
    expect(await isStoreHealthy(Number(new URL(first.store.endpoint).port), first.store.bucket)).toBe(true);
    const worker = await workerStart(1);
    expect(worker.env).toMatchObject({ ...first.env, GLABS_API_KEY: 'key-one', NBFLOW_HOME: rig.root });

    const again = await start({ GLABS_API_KEY: 'key-one' });
    expect(again.startedNow).toEqual([]);
    expect({ ...again, startedNow: [] }).toEqual({ ...first, startedNow: [] });
    expect(rig.workerStarts()).toHaveLength(1);
  });

  test('two at once start one set', async () => {
    const [one, two, three] = await Promise.all([start(), start(), start()]);
    expect(two.temporal).toEqual(one.temporal);
    expect(three.worker?.pid).toBe(one.worker?.pid);
    await workerStart(1);
    expect(rig.workerStarts()).toHaveLength(1);
    const log = readFileSync(join(rig.root, 'logs', 'supervisor.log'), 'utf8');
    expect(log.match(/ supervises \//g)).toHaveLength(1);
  });

  test('a taken port leads to another one, which is said and kept', async () => {
    const before = await start();
    await down({ env: rig.env });
    const port = Number(before.temporal.address.split(':')[1]);
    const taker = createServer().listen({ port, host: '127.0.0.1' });
    await once(taker, 'listening');
    const said: string[] = [];
    const moved = await up({ env: rig.env, workerScript: rig.workerScript, say: (line) => said.push(line) });
    expect(moved.temporal.address).not.toBe(before.temporal.address);
    expect(said).toEqual([expect.stringContaining(`Port ${(taker.address() as AddressInfo).port} is taken`)]);
    expect(moved.store.endpoint).toBe(before.store.endpoint);
    taker.close();
  });

  test('other settings start the worker anew; none at all leave its key alone', async () => {
    await start({ GLABS_API_KEY: 'key-one' });
    await workerStart(1);
    const changed = await start({ GLABS_API_KEY: 'key-two' });
    expect(changed.startedNow).toEqual(['worker']);
    await workerStart(2);
    await start();
    const starts = rig.workerStarts();
    expect(starts.map(({ env }) => env['GLABS_API_KEY'])).toEqual(['key-one', 'key-two']);
  });

  test('secrets stand in no state file, log or argument', async () => {
    const { store } = await start({ GLABS_API_KEY: 'very-secret-key' });
    const files = [
      'run/services.json',
      'run/control.json',
      'logs/supervisor.log',
      'logs/worker.log',
      'logs/temporal.log',
    ];
    const texts = files.map((file) => readFileSync(join(rig.root, file), 'utf8')).join('\n');
    const shown = process.platform === 'win32' ? '' : spawnSync('ps', ['-Ao', 'args'], { encoding: 'utf8' }).stdout;
    for (const secret of ['very-secret-key', store.secretAccessKey]) expect(texts + shown).not.toContain(secret);
    if (process.platform === 'win32') return;
    for (const file of ['run/control.json', 'data/store-keys.json', 'run/store-access.json']) {
      expect(statSync(join(rig.root, file)).mode & 0o077).toBe(0);
    }
  });

  test('nothing is started for servers that are configured elsewhere', async () => {
    const elsewhere = { TEMPORAL_ADDRESS: 'temporal.example:7233', R2_ENDPOINT: 'https://r2.example', R2_BUCKET: 'b' };
    const services = await start(elsewhere);
    expect(services.startedNow).toEqual(['supervisor', 'worker']);
    expect(services.temporal).toEqual({ address: 'temporal.example:7233', uiUrl: null, source: 'configured' });
    const worker = await workerStart(1);
    expect(worker.env).toMatchObject(elsewhere);
    expect(services.env).toEqual({});
  });

  test('a server that does not come up is named with its log', async () => {
    const broken = up({ env: { ...rig.env, NBFLOW_TEMPORAL_BIN: process.execPath }, worker: false, timeoutMs: 1_500 });
    await expect(broken).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringMatching(/temporal does not come up: exit code \d+.*temporal\.log/) as string,
    });
  });
});

describe('the supervisor', () => {
  test('starts again whatever is killed, on the same ports', async () => {
    const before = await start();
    await workerStart(1);
    for (const name of ['worker', 'temporal', 'store'] as const) {
      const old = rig.pid(name);
      await kill(old);
      await until(
        `${name} again`,
        () => rig.pid(name) > 0 && rig.pid(name) !== old && rig.state().services[name]?.ready,
      );
    }
    const after = await start();
    expect(after.startedNow).toEqual([]);
    expect(after.temporal).toEqual(before.temporal);
    expect(after.store).toEqual(before.store);
    await workerStart(2);
    const report = await servicesStatus({ env: rig.env });
    expect(report.services.map(({ name, restarts }) => [name, restarts])).toEqual([
      ['temporal', 1],
      ['store', 1],
      ['worker', 1],
    ]);
  });

  test('killed itself, its successor goes on with the same processes', async () => {
    await start({ GLABS_API_KEY: 'key' });
    const before = allPids();
    await kill(before[0] ?? -1);
    expect(await runningServices({ env: rig.env })).toBeNull();
    const after = await start({ GLABS_API_KEY: 'key' });
    expect(after.startedNow).toEqual(['supervisor']);
    expect(allPids().slice(1)).toEqual(before.slice(1));
    // And it watches over what it did not start.
    const worker = rig.pid('worker');
    await kill(worker);
    await until('a new worker', () => rig.pid('worker') > 0 && rig.pid('worker') !== worker);
  });

  test('does nothing for a caller without its token', async () => {
    await start();
    const control = readControl(homeFolders(rig.env));
    const answer = await fetch(`http://127.0.0.1:${control?.port}/stop`, {
      method: 'POST',
      headers: { authorization: 'Bearer x' },
    });
    expect(answer.status).toBe(401);
    expect(isRunning(rig.pid('temporal'))).toBe(true);
  });
});

describe('down', () => {
  test('leaves nothing running, and data for the next up', async () => {
    const before = await start();
    const pids = allPids();
    expect((await down({ env: rig.env })).stopped).toEqual(['temporal', 'store', 'worker', 'supervisor']);
    expect(pids.filter(isRunning)).toEqual([]);
    expect((await down({ env: rig.env })).stopped).toEqual([]);
    const again = await start();
    expect(again.store).toEqual(before.store);
    expect(again.temporal).toEqual(before.temporal);
  });

  test('works when the supervisor was killed', async () => {
    await start();
    const pids = allPids();
    await kill(pids[0] ?? -1);
    expect([...(await down({ env: rig.env })).stopped].sort()).toEqual(['store', 'temporal', 'worker']);
    expect(pids.filter(isRunning)).toEqual([]);
  });
});
