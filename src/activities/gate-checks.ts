/** Whether what a pass waits for is there again; asked by the probers, and before a node goes to a gate at all. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { StoreError } from '../clients/object-store';
import { loadSettings } from '../config';
import { toDiskError } from '../files/disk-errors';
import { projectLayout } from '../files/layout';
import { tempPathFor } from '../files/temps';
import { FlowError } from '../flow/errors';
import type { FailureType } from '../flow/failure-classes';
import type { GateKind } from '../flow/gates';
import { LOOK_EVERY_MS } from '../flow/gates';
import type { GenerationCounts } from '../flow/ledger';
import type { ActivityDeps } from './deps';
import { failure } from './failures';
import { firstHealthyServer } from './servers';

/** Where a pass is at work. */
export interface GatePlace {
  readonly file: string;
  readonly root: string;
  /** Its G-Labs addresses now. */
  readonly servers: readonly string[];
}

/** Less than this and the next picture may not fit. */
const SPACE_BYTES = 16 * 1024 * 1024;
/** Nothing has this name; the store only has to say so. */
const NO_SUCH_KEY = 'nbflow-is-anybody-there';

/** Answers the first address that does. Throws BackendError. */
export async function checkBackend(deps: ActivityDeps, place: GatePlace, signal: AbortSignal): Promise<string> {
  const settings = loadSettings(place.root, deps.env, { servers: place.servers });
  return (await firstHealthyServer(deps.glabsFor(settings), settings.servers, signal)).server;
}

/** Throws StoreError while it can't be asked; a refusal is an answer. */
export async function checkStore(deps: ActivityDeps, { root }: GatePlace, signal: AbortSignal): Promise<void> {
  const { store } = loadSettings(root, deps.env);
  if (!store) return;
  try {
    await deps.storeFor(store).head(NO_SUCH_KEY, signal);
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind === 'unavailable') throw error;
  }
}

/** Writes to wherever a pass writes, and takes it away again. Throws FlowError `Disk.Full`. */
export async function checkDisk(deps: ActivityDeps, { file, root }: GatePlace): Promise<void> {
  const { receiptsDir } = projectLayout(file, { root });
  for (const folder of new Set([dirname(receiptsDir), deps.home, dirname(file)])) {
    const path = tempPathFor(join(folder, 'space'));
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(path, Buffer.alloc(SPACE_BYTES, 1), { flush: true });
    } catch (error) {
      const told = toDiskError(error, path);
      // What else is wrong with a folder is for those to tell who need it.
      if (told instanceof FlowError && told.type === 'Disk.Full') throw told;
    } finally {
      await rm(path, { force: true });
    }
  }
}

interface Check {
  readonly gate: GateKind;
  readonly otherwise: FailureType;
  readonly look: (deps: ActivityDeps, place: GatePlace, signal: AbortSignal) => Promise<unknown>;
}

const CHECKS: Readonly<Record<string, Check>> = {
  'Backend.Unreachable': { gate: 'backend', otherwise: 'Backend.StillUnreachable', look: checkBackend },
  'Store.Unavailable': { gate: 'store', otherwise: 'Gate.NotYet', look: checkStore },
  'Disk.Full': { gate: 'disk', otherwise: 'Gate.NotYet', look: checkDisk },
};

/** Which node, in which run of its pass, is at work. */
export interface NodeAtGate extends GatePlace {
  readonly runId: string;
  readonly node: string;
}

/**
 * The failure to end an attempt with. One that would send the node to a gate although all is well there is retried after
 * a pause instead: the gate would open at once, and each round through it grows the pass's history, without end where
 * one route, one object or one large file stays broken. Retried as well is one of which the pass has been told already.
 */
export async function atGate(
  deps: ActivityDeps,
  place: NodeAtGate,
  error: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  const check = error instanceof ApplicationFailure ? CHECKS[error.type ?? ''] : undefined;
  if (!check) return error;
  const { message, details } = error as ApplicationFailure;
  const counts = details?.[0] as GenerationCounts | null | undefined;
  try {
    await check.look(deps, place, signal);
  } catch {
    const { runId, node } = place;
    return deps.holds.tells(runId, check.gate, node) ? error : held(check, message, counts);
  }
  deps.holds.open(place.runId, check.gate);
  return failure(check.otherwise, message, { counts });
}

/**
 * One look before any work, where the pass is known to wait. Each held node looks for itself, so that it goes on as soon
 * as the prober does. Throws a failure that Temporal retries.
 */
export async function whileHeld(deps: ActivityDeps, place: NodeAtGate, signal: AbortSignal): Promise<void> {
  for (const gate of deps.holds.of(place.runId)) {
    const check = Object.values(CHECKS).find((one) => one.gate === gate);
    await check?.look(deps, place, signal).catch((error: unknown) => {
      throw signal.aborted ? error : held(check, error instanceof Error ? error.message : String(error));
    });
  }
}

function held({ otherwise }: Check, message: string, counts?: GenerationCounts | null): ApplicationFailure {
  return failure(otherwise, message, { counts, waitMs: LOOK_EVERY_MS, held: true });
}
