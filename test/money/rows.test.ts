import { BackendError } from '../../src/clients/backend-error';
import { FlowError } from '../../src/flow/errors';
import { eachRow } from '../../src/money/rows';
import { row } from '../helpers/flows';

const ROWS = [1, 2, 3, 4, 5].map((n) => row(`row ${n}`, { row: n }));
const flowError = (type: string): FlowError => new FlowError(type, type, 1);

/** Which rows were begun, and what was thrown at the end, when these rows fail so. */
async function play(failing: Readonly<Record<number, Error>>, lanes = 1, signal = new AbortController().signal) {
  const begun: number[] = [];
  const thrown: unknown = await eachRow(ROWS, lanes, signal, ({ row: n }) => {
    begun.push(n);
    return failing[n] ? Promise.reject(failing[n]) : Promise.resolve();
  }).catch((error: unknown) => error);
  return { begun, thrown };
}

test('a row that fails keeps no other from being made, and its failure is told at the end', async () => {
  const refused = flowError('Generation.Failed');
  const later = flowError('Generation.Policy');
  expect(await play({ 1: refused, 3: later })).toEqual({ begun: [1, 2, 3, 4, 5], thrown: refused });
});

test.each<[string, Error]>([
  ['G-Labs can not be reached', new BackendError({ server: 'http://g.example.test', errno: 'ECONNRESET', text: '' })],
  ['the pass waits for something', flowError('Backend.Quota')],
  ['the key is refused', flowError('Backend.Auth')],
  ['it is tried again', flowError('File.Busy')],
  ['nobody knows what it is', new Error('EIO')],
])('no other row is begun when %s', async (_, error) => {
  expect(await play({ 2: error })).toEqual({ begun: [1, 2], thrown: error });
});

test('what is tried again is told before what is final, and what waits for a person before what failed', async () => {
  const [failed, undecided, busy] = ['Generation.Failed', 'Generation.Undecided', 'File.Busy'].map(flowError);
  expect(await play({ 1: failed as Error, 2: undecided as Error })).toMatchObject({ thrown: undecided });
  expect(await play({ 1: failed as Error, 2: busy as Error, 3: undecided as Error }, 5)).toMatchObject({
    thrown: busy,
  });
});

test('nothing more is begun once the attempt must stop', async () => {
  const { begun } = await play({ 1: flowError('Generation.Failed') }, 1, AbortSignal.abort());
  expect(begun).toEqual([1]);
});
