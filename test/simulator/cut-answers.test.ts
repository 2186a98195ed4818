import { connect } from 'node:net';
import type { Simulator } from '../../src/simulator/simulator';
import { KEY, openSimulator } from './client';

let simulator: Simulator;
let end: () => Promise<void>;

beforeEach(async () => {
  ({ simulator, end } = await openSimulator());
});
afterEach(() => end());

interface Received {
  readonly head: string;
  /** What Content-Length says. */
  readonly promised: number;
  readonly body: Buffer;
}

/** Everything that comes over one connection until the other side closes it; it is asked to keep it. */
function receive(method: string, route: string, body = ''): Promise<Received> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`;
    const socket = connect(simulator.port, '127.0.0.1', () =>
      socket.write(`${method} ${route} HTTP/1.1\r\nHost: x\r\nX-API-Key: ${KEY}\r\n${length}\r\n${body}`),
    );
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('close', () => resolve(dissect(Buffer.concat(chunks))));
    socket.on('error', reject);
  });
}

function dissect(bytes: Buffer): Received {
  const headEnd = bytes.indexOf('\r\n\r\n');
  const head = bytes.subarray(0, Math.max(headEnd, 0)).toString();
  const promised = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? -1);
  return { head, promised, body: headEnd < 0 ? Buffer.alloc(0) : bytes.subarray(headEnd + 4) };
}

const submit = (): Promise<Received> => receive('POST', '/api/image/generate', '{"prompt":"p"}');

test('a submit cut before its answer: nothing comes, the bill has it', async () => {
  simulator.faults.add({ kind: 'drop-after-accept' });
  expect(await submit()).toMatchObject({ head: '', promised: -1 });
  expect(simulator.bill().paid).toBe(1);
});

test('a submit cut in the middle of its answer: status line, headers and half of the bytes come', async () => {
  simulator.faults.add({ kind: 'drop-after-accept', answer: 'half' });
  const { head, promised, body } = await submit();
  expect(head).toMatch(/^HTTP\/1\.1 202 Accepted\r\n/);
  expect(body).toHaveLength(Math.ceil(promised / 2));
  expect(simulator.bill().paid).toBe(1);
});

test('a submit cut right after its answer: all of it comes, then the connection is closed', async () => {
  simulator.faults.add({ kind: 'drop-after-accept', answer: 'whole' });
  const { promised, body } = await submit();
  expect(body).toHaveLength(promised);
  const { task_id: id } = JSON.parse(body.toString()) as { task_id: string };
  expect(simulator.bill().entries.map((entry) => entry.task_id)).toEqual([id]);
});

test('any other answer can be cut in its middle too', async () => {
  simulator.faults.add({ kind: 'drop', answer: 'half', match: { route: 'tasks' } });
  const { head, promised, body } = await receive('GET', '/api/tasks');
  expect(head).toContain('200 OK');
  expect([promised, body.toString()]).toEqual(['{"tasks":[]}'.length, '{"task']);
});
