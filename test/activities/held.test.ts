/** An outage of which the pass has been told already costs a node one look, and the pass's history nothing. */
import { BackendError } from '../../src/clients/backend-error';
import { FlowError } from '../../src/flow/errors';
import type { NodeRig } from './node-rig';
import { failureOf, openNodeRig, quietEnvironment } from './node-rig';

let rig: NodeRig;
afterEach(() => rig.close());

describe('the pass knows from another node that G-Labs is away', () => {
  let isAway: boolean;
  beforeEach(async () => {
    isAway = true;
    const gone = (): Promise<never> =>
      Promise.reject(new BackendError({ server: 'http://127.0.0.1:9', errno: 'ECONNREFUSED', text: 'refused' }));
    rig = await openNodeRig({
      client: (real) => ({ ...real, health: (...args) => (isAway ? gone() : real.health(...args)) }),
    });
    const { runId } = quietEnvironment().context.info.workflowExecution as { readonly runId: string };
    rig.deps.holds.keep(runId, 'backend', 600_000);
  });

  test('the node looks once, pays nothing and is tried again by Temporal', async () => {
    const failed = await failureOf(rig.attempt(await rig.open('pass-1')));
    expect(failed).toMatchObject({ type: 'Backend.StillUnreachable', nonRetryable: false, nextRetryDelay: 4_000 });
    // By this whoever watches knows that it has nothing of its own to tell.
    expect(failed.details?.[1]).toEqual({ held: true });
    expect(rig.simulator.bill().paid).toBe(0);
  });

  test('the node goes on as soon as it sees for itself that G-Labs is back', async () => {
    isAway = false;
    expect(await rig.attempt(await rig.open('pass-1'))).toMatchObject({ state: 'done', paid: 4 });
  });
});

test('a write that fails although there is space does not send the opening to the gate, where it would loop', async () => {
  rig = await openNodeRig();
  jest.spyOn(rig.deps.flows, 'compile').mockImplementation(() => {
    throw new FlowError('Disk.Full', 'The disk is full: could not write the backup', 1);
  });
  expect(await failureOf(rig.open('pass-1'))).toMatchObject({ type: 'Gate.NotYet', nonRetryable: false });
});
