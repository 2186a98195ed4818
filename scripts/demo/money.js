'use strict';
/** Both accounts of the money, side by side. */

/**
 * `entries`: the simulator's bill; `receipts`: ours (receipts.js); `forgotten`: ids of the tasks that died with G-Labs and
 * so had to be paid again. Answers `{ rows, twice, lost, remade, agrees }`; `agrees` only when every generation is on
 * both accounts, none was paid twice and none is lost but those.
 */
function settle(entries, receipts, forgotten = []) {
  const known = receipts.filter(({ taskId }) => taskId !== null);
  const ids = new Set(known.map(({ taskId }) => taskId));
  const isLost = ({ state }) => state === 'lost' || state === 'unknown';
  const made = known.filter((entry) => !isLost(entry));
  const strangers = entries.filter(({ task_id: id }) => !ids.has(id)).length;
  const twice = made.length - new Set(made.map(({ slot }) => slot)).size + strangers;
  const gone = receipts.filter(isLost);
  const remade = gone.filter(({ taskId }) => forgotten.includes(taskId)).length;
  const lost = gone.length - remade;
  const rows = [
    ['pictures', 'image'],
    ['clips', 'video'],
    ['together', null],
  ].map(([name, kind]) => ({
    name,
    bill: entries.filter(({ type }) => kind === null || type === kind).length,
    ours: known.filter((entry) => kind === null || entry.kind === kind).length,
  }));
  const agrees =
    rows.every(({ bill, ours }) => bill === ours) && twice === 0 && lost === 0 && remade === forgotten.length;
  return { rows, twice, lost, remade, agrees };
}

module.exports = { settle };
