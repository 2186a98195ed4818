import type { FaultInput } from '../../src/simulator/faults';
import type { Simulator } from '../../src/simulator/simulator';
import type { Client } from './client';
import { KEY, openSimulator, until } from './client';

let simulator: Simulator;
let client: Client;
let end: () => Promise<void>;

beforeEach(async () => {
  ({ simulator, client, end } = await openSimulator());
});
afterEach(() => end());

/** What a client sees of one request on a fresh connection: a status, or the name of the transport's error. */
async function see(route = '/api/health', init: RequestInit = {}): Promise<number | string> {
  try {
    const headers = { 'x-api-key': KEY, connection: 'close' };
    return (await fetch(client.url + route, { headers, ...init })).status;
  } catch (error) {
    const { code, message } = (error as Error).cause as NodeJS.ErrnoException;
    return code ?? message;
  }
}

const submitOnce = (prompt = 'p'): Promise<number | string> =>
  see('/api/image/generate', { method: 'POST', body: JSON.stringify({ prompt }) });
const control = (method: string, body?: unknown): Promise<Response> =>
  fetch(`${client.url}/_control/faults`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
const paid = (): number => simulator.bill().paid;
const CUT = expect.stringMatching(/UND_ERR_SOCKET|ECONNRESET/) as string;

describe('before anything is accepted', () => {
  test('a closed port refuses connections and opens again by itself, tasks and control included', async () => {
    const id = await client.submit({ prompt: 'before' });
    simulator.faults.add({ kind: 'refuse', forMs: 150 });
    expect(await see()).toBe('ECONNREFUSED');
    await until(async () => ((await see()) === 200 ? true : null));
    expect((await client.get(`/api/status/${id}`)).status).toBe(200);
    expect((await control('GET')).status).toBe(200);
  });

  test('set over the control route, the refusal comes after its answer', async () => {
    const answer = await control('POST', { kind: 'refuse', forMs: 150 });
    expect(await answer.json()).toEqual({ ids: [], at_once: ['refuse'] });
    await until(async () => ((await see()) === 'ECONNREFUSED' ? true : null));
    await until(async () => ((await see()) === 200 ? true : null));
  });

  test('an error status or a page of Cloudflare costs nothing', async () => {
    simulator.faults.add({
      kind: 'status',
      status: 429,
      message: 'slow down',
      retryAfter: '7',
      match: { route: 'submit' },
    });
    const busy = await client.post('/api/image/generate', { prompt: 'p' });
    expect(busy).toMatchObject({ status: 429, body: { error: 'slow down' } });
    expect(busy.headers.get('retry-after')).toBe('7');
    simulator.faults.add({ kind: 'cloudflare' });
    const page = await client.get('/api/health');
    expect(page.status).toBe(522);
    expect(page.headers.get('server')).toBe('cloudflare');
    expect(page.body['text']).toMatch(/<title>[^<]*522: Connection timed out<\/title>/);
    expect(paid()).toBe(0);
  });

  test('a dropped submit never arrived', async () => {
    simulator.faults.add({ kind: 'drop', match: { route: 'submit' } });
    expect(await submitOnce()).toEqual(CUT);
    expect(await submitOnce()).toBe(202);
    expect(paid()).toBe(1);
  });

  test('a hanging request is never answered, the others are', async () => {
    simulator.faults.add({ kind: 'hang', match: { route: 'health' } });
    const abort = new AbortController();
    const hanging = fetch(`${client.url}/api/health`, { signal: abort.signal });
    await until(() => (simulator.faults.list().length === 0 ? true : null));
    expect(await see('/api/tasks')).toBe(200);
    abort.abort();
    await expect(hanging).rejects.toThrow('aborted');
  });

  test('who waits for an answer that never comes is cut off at last, if the fault says so', async () => {
    simulator.faults.add({ kind: 'hang', cutAfterMs: 10, match: { route: 'submit' } });
    expect(await submitOnce()).toEqual(CUT);
    expect(paid()).toBe(0);
  });

  test('a slow answer comes', async () => {
    simulator.faults.add({ kind: 'slow', delayMs: 20 });
    expect(await see()).toBe(200);
  });
});

describe('after the money is spent', () => {
  test.each<[FaultInput, unknown]>([
    [{ kind: 'drop-after-accept' }, CUT],
    [{ kind: 'accept-then-status', status: 500 }, 500],
    [{ kind: 'accept-then-status', status: 502 }, 502],
    [{ kind: 'accept-then-status', status: 504 }, 504],
    [{ kind: 'accept-then-status', status: 522 }, 522],
    [{ kind: 'accept-then-status', status: 524 }, 524],
    [{ kind: 'hang', accepted: true, cutAfterMs: 5 }, CUT],
    [{ kind: 'slow', delayMs: 5, accepted: true, match: { route: 'submit' } }, 202],
  ])('%j: the client may not know it, the bill and the listing do', async (fault, seen) => {
    simulator.faults.add(fault);
    expect(await submitOnce('lost answer')).toEqual(seen);
    expect(paid()).toBe(1);
    const { body } = await client.get('/api/tasks');
    expect(body['tasks']).toMatchObject([{ prompt: 'lost answer', type: 'image' }]);
  });

  test('a hang after acceptance is on the bill', async () => {
    simulator.faults.add({ kind: 'hang', accepted: true, match: { route: 'submit' } });
    const abort = new AbortController();
    const init = { method: 'POST', headers: { 'x-api-key': KEY }, body: '{"prompt":"p"}', signal: abort.signal };
    const hanging = fetch(`${client.url}/api/image/generate`, init);
    await until(() => (paid() === 1 ? true : null));
    abort.abort();
    await expect(hanging).rejects.toThrow('aborted');
  });

  test('such a fault waits for a submit that is really accepted', async () => {
    simulator.faults.add({ kind: 'drop-after-accept' });
    expect(await see('/api/image/generate', { method: 'POST', body: '{}', headers: {} })).toBe(401);
    expect(await submitOnce()).toEqual(CUT);
  });
});

describe('tasks', () => {
  test('fail with the given code, by the words of their prompt', async () => {
    simulator.faults.add({
      kind: 'fail',
      code: 400,
      message: 'INVALID_ARGUMENT',
      match: { promptContains: 'Scene 03' },
    });
    const [good, bad] = [await client.submit({ prompt: 'Scene 02' }), await client.submit({ prompt: 'Scene 03' })];
    expect(await client.finish(good)).toMatchObject({ status: 'completed' });
    expect(await client.finish(bad)).toMatchObject({ status: 'failed', error_code: 400, error: 'INVALID_ARGUMENT' });
    expect(simulator.bill()).toMatchObject({ paid: 2, completed: 1, failed: 1 });
  });

  test('are forgotten on request and at a restart, their files and the bill are not', async () => {
    const id = await client.submit({ prompt: 'p' });
    const { results } = await client.finish(id);
    simulator.faults.add({ kind: 'forget' });
    expect((await client.get(`/api/status/${id}`)).status).toBe(404);
    simulator.faults.add({ kind: 'restart', forMs: 50 });
    await until(async () => ((await see()) === 200 ? true : null));
    expect((await client.get('/api/tasks')).body).toEqual({ tasks: [] });
    expect((await client.download((results as string[])[0] ?? '')).length).toBeGreaterThan(0);
    expect(await client.submit({ prompt: 'p' })).not.toBe(id);
    expect(paid()).toBe(2);
  });

  test.each([
    [{ forgets: false, resetsUptime: true }, 200, true],
    [{ forgets: true, resetsUptime: false }, 404, false],
    [{ forgets: false, resetsUptime: false }, 200, false],
    [{}, 404, true],
  ])('a restart may forget them or start the uptime again, or not: %j', async (how, status, fresh) => {
    const id = await client.submit({ prompt: 'p' });
    const uptime = async (): Promise<number> => Number((await client.get('/api/health')).body['uptime']);
    await until(async () => ((await uptime()) >= 1 ? true : null));
    const restartedAt = performance.now();
    const sinceRestart = (): number => (performance.now() - restartedAt) / 1000;
    simulator.faults.add({ kind: 'restart', forMs: 20, ...how });
    await until(async () => ((await see()) === 200 ? true : null));
    expect((await client.get(`/api/status/${id}`)).status).toBe(status);
    const least = sinceRestart();
    const told = await uptime();
    // An old uptime is a second ahead of what passed since, a fresh one never is: true however slow the machine.
    if (fresh) expect(told).toBeLessThanOrEqual(sinceRestart());
    else expect(told).toBeGreaterThan(least);
  });

  test('forgotten between the bill and the answer are paid for, and gone', async () => {
    const submits = Array.from({ length: 5 }, (_, i) => client.submit({ prompt: `p${i}` }));
    await until(() => (paid() > 0 ? true : null));
    simulator.faults.add({ kind: 'forget' });
    const ids = await Promise.all(submits);
    const { body } = await client.get('/api/tasks');
    const listed = (body['tasks'] as { task_id: string }[]).map((task) => task.task_id);
    expect(ids.filter((id) => !listed.includes(id)).length).toBeGreaterThan(0);
    expect(paid()).toBe(5);
  });

  test('that stall are failed by the watchdog, if the fault has one', async () => {
    simulator.faults.add({ kind: 'stall', watchdogMs: 5 });
    const error = 'Task timed out (no completion signal received)';
    expect(await client.finish(await client.submit({ prompt: 'p' }))).toMatchObject({ error_code: 504, error });
    expect(simulator.bill()).toMatchObject({ paid: 1, failed: 1 });
  });

  test('go back to running only when they were told to be completed, if the fault says so', async () => {
    const slow = await openSimulator({ videoMs: 50 });
    slow.simulator.faults.add({ kind: 'backwards', told: true });
    const id = await slow.client.submit({ prompt: 'p' }, 'video');
    await slow.client.finish(id);
    const status = async (): Promise<unknown> => (await slow.client.get(`/api/status/${id}`)).body['status'];
    expect([await status(), await status()]).toEqual(['running', 'completed']);
    await slow.end();
  });

  test('stall, and seem to go backwards', async () => {
    simulator.faults.add({ kind: 'stall' });
    const stalled = await client.submit({ prompt: 'p' });
    const id = await client.submit({ prompt: 'q' });
    await client.finish(id);
    simulator.faults.add({ kind: 'backwards', says: 'pending' });
    expect((await client.get(`/api/status/${id}`)).body['status']).toBe('pending');
    expect((await client.get(`/api/status/${id}`)).body['status']).toBe('completed');
    expect((await client.get(`/api/status/${stalled}`)).body['status']).toBe('running');
  });

  test('are listed twice, not at all, or pushed out by others', async () => {
    await client.submit({ prompt: 'mine' });
    const prompts = async (how: 'duplicated' | 'empty' | 'overflowing'): Promise<unknown[]> => {
      simulator.faults.add({ kind: 'listing', how });
      const { body } = await client.get('/api/tasks');
      return (body['tasks'] as Record<string, unknown>[]).map((task) => task['prompt']);
    };
    expect(await prompts('duplicated')).toEqual(['mine', 'mine']);
    expect(await prompts('empty')).toEqual([]);
    const others = await prompts('overflowing');
    expect(others).toHaveLength(50);
    expect(others).not.toContain('mine');
  });

  test('carry the time of a clock that is wrong', async () => {
    simulator.faults.add({ kind: 'clock', offsetMs: -3_600_000 });
    const { headers } = await client.get('/api/health');
    const { created_at: createdAt } = await client.finish(await client.submit({ prompt: 'p' }));
    const hourAgo = Date.now() - 3_600_000;
    expect(Math.abs(Date.parse(headers.get('date') ?? '') - hourAgo)).toBeLessThan(10_000);
    expect(Math.abs(Number(createdAt) * 1000 - hourAgo)).toBeLessThan(10_000);
  });

  test('carry a time that jumps when the clock is set in the middle', async () => {
    simulator.faults.add({ kind: 'clock', offsetMs: 3_600_000, match: { route: 'submit', nth: 2 } });
    for (const prompt of ['a', 'b', 'c']) await client.submit({ prompt });
    const { body } = await client.get('/api/tasks');
    const times = (body['tasks'] as { created_at: number }[]).map((task) => task.created_at - Date.now() / 1000);
    expect(times.map((seconds) => Math.abs(Math.round(seconds / 3600)))).toEqual([1, 1, 0]);
  });
});
