import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Simulator } from '../../src/simulator/simulator';
import { startSimulator } from '../../src/simulator/simulator';
import { Client } from './client';

let dir: string;
let simulator: Simulator;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'nbflow-sim-tunnel-'));
  simulator = await startSimulator({ dir, plain: true, imageMs: 0, tunnel: true });
});
afterEach(async () => {
  await simulator.close();
  rmSync(dir, { recursive: true, force: true });
});

function through(): Client {
  return new Client(simulator.tunnel?.url() ?? 'closed');
}

async function order(what: string): Promise<{ status: number; url: unknown }> {
  const answer = await fetch(`${simulator.url}/_control/tunnel`, {
    method: 'POST',
    body: JSON.stringify({ do: what }),
  });
  return { status: answer.status, url: ((await answer.json()) as { url?: unknown }).url };
}

test('what goes through it reaches the simulator, but never the control routes', async () => {
  const id = await through().submit({ prompt: 'through the tunnel' });
  expect(simulator.bill().paid).toBe(1);
  expect((await through().get(`/api/status/${id}`)).status).toBe(200);
  expect((await through().get('/_control/bill')).status).toBe(403);
});

test('it dies and comes back at another address on demand; the old one stays dead', async () => {
  const first = simulator.tunnel?.url();
  expect(await order('die')).toEqual({ status: 200, url: null });
  await expect(fetch(`${first}/api/health`)).rejects.toThrow();
  expect((await fetch(`${simulator.url}/api/health`)).status).toBe(200);
  const { url } = await order('come-back');
  expect(url).toBe(simulator.tunnel?.url());
  expect(url).not.toBe(first);
  await expect(fetch(`${first}/api/health`)).rejects.toThrow();
  expect((await fetch(`${String(url)}/api/health`)).status).toBe(200);
});

test('forgotten by its edge it answers 530, and 502 when the simulator is away', async () => {
  await order('be-forgotten');
  expect((await fetch(`${simulator.tunnel?.url()}/api/health`)).status).toBe(530);
  await order('come-back');
  simulator.faults.add({ kind: 'refuse', forMs: 60_000 });
  expect((await fetch(`${simulator.tunnel?.url()}/api/health`)).status).toBe(502);
});

test('an order that is none is refused, and without a tunnel there is nothing to order', async () => {
  expect((await order('explode')).status).toBe(400);
  const bare = await startSimulator({ dir: join(dir, 'bare'), plain: true });
  expect((await fetch(`${bare.url}/_control/tunnel`)).status).toBe(404);
  await bare.close();
});
