/** How the last pass must have ended, and what all receipts add up to. */
import type { NodeOutcome } from '../../src/flow/outcome';
import { MAX_REGENERATIONS_OF_LOST } from '../../src/flow/decide';
import { isForeign, receiptsOn } from './judge';
import type { FlowFile } from './story';
import type { World } from './world';

/**
 * Without trouble every node is done, except where a person has to decide: another client used the same words, the list was
 * empty for a moment (so that what was there before looks new), or G-Labs lost a candidate more often than it is made again
 * without asking.
 */
export function judgePass(world: World, file: FlowFile, outcomes: ReadonlyMap<string, NodeOutcome>): void {
  const { judge, disk, backend, weather } = world;
  const receipts = receiptsOn(disk);
  const entries = receipts.flatMap(({ generations }) => generations);
  const foreign = weather.sameWordsElsewhere && backend.all.some(({ body }) => body === null);
  const forgetful = backend.emptyUntil > 0;
  const oftenLost = entries.filter(({ state }) => state === 'lost').length > MAX_REGENERATIONS_OF_LOST;
  const legal = new Set(['done', 'reused', ...(foreign || forgetful || oftenLost ? ['undecided', 'skipped'] : [])]);
  for (const { key } of file.compiled(disk).generators) {
    const outcome = outcomes.get(key);
    if (outcome && legal.has(outcome.state)) continue;
    judge.breach(
      'unfinished',
      `${file.dir} ${key} ended ${outcome?.state ?? 'nowhere'}: ${outcome?.errorType ?? ''} ${outcome?.reason ?? ''}`,
    );
  }
  for (const { state } of outcomes.values()) if (state === 'undecided') world.count('undecided');
}

export function tallyReceipts(world: World): void {
  const entries = receiptsOn(world.disk).flatMap(({ generations }) => generations);
  const add = (what: string, count: number): void => {
    for (let i = 0; i < count; i++) world.count(what);
  };
  add('billed', world.backend.all.filter(({ body }) => body !== null).length);
  add('paid', entries.filter(({ taskId }) => taskId !== null).length);
  add('adopted', entries.filter(({ adopted }) => adopted).length);
  add('lost', entries.filter(({ state }) => state === 'lost').length);
  add('withdrawn', entries.filter(({ state }) => state === 'withdrawn').length);
  add('mistaken', entries.filter(({ taskId }) => taskId !== null && isForeign(world, taskId)).length);
}
