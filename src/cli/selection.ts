/** Selections that name nothing: refused before anything is asked of any server, with the nearest that exists. */
import { quoted } from '../flow/advice';
import { FlowError } from '../flow/errors';
import type { Selection } from '../flow/select';
import { selectionProblems } from '../flow/select';
import type { CompiledFlow } from '../flow/types';

/** `file` is what the person typed; `further` are problems of the command's own. Throws FlowError `Usage` (2). */
export function refuseUnknown(
  flow: CompiledFlow,
  selection: Selection,
  file: string,
  further: readonly string[] = [],
): void {
  const problems = [...selectionProblems(flow, selection), ...further];
  if (problems.length > 0)
    throw new FlowError('Usage', problems.join('\n'), 2, [`Look at what there is: nbflow plan ${quoted(file)}`]);
}
