/** `nbflow export FILE`: the output again, from what exists. Asks no server and pays nothing. */
import { writeOutput } from '../activities/export-pass';
import { quoted } from '../flow/advice';
import { receiptsByKey } from '../project';
import { openContext } from './context';
import type { OutputOptions } from './output';
import { jsonResult, result, say } from './output';

/** Exit code 0, also for an incomplete output: that is said. */
export async function exportCommand(name: string, options: OutputOptions): Promise<number> {
  const { project } = await openContext(name);
  const receipts = await receiptsByKey(project);
  const { output, complete } = await writeOutput({ project, receipts, onLost: 'regenerate', stamp: new Date() });
  const next = complete ? [] : [`See what is missing and what it costs: nbflow plan ${quoted(name)}`];
  if (options.json) jsonResult({ output, complete, next });
  else {
    result(`Output: ${output}${complete ? '' : '  (incomplete: some nodes have no result yet)'}`);
    for (const step of next) say(`  → ${step}`);
  }
  return 0;
}
