/** `nbflow check`: the sanity check alone. Needs no server and changes nothing. */
import { openContext } from './context';
import { errorsOf, findingLines } from '../flow/finding-lines';
import type { OutputOptions } from './output';
import { jsonResult, plural, result } from './output';

export async function checkCommand(name: string, options: OutputOptions): Promise<number> {
  const { project, file } = await openContext(name);
  const { findings } = project.flow;
  const errors = errorsOf(findings).length;
  const warnings = findings.filter(({ severity }) => severity === 'warning').length;
  if (options.json) jsonResult({ file, errors, warnings, findings });
  else {
    for (const line of findingLines(findings)) result(line);
    const generators = project.flow.generators.length;
    const verdict =
      errors > 0 ? 'A run would refuse this file; nothing would be spent.' : 'A run would accept this file.';
    result(
      `${plural(generators, 'image or video node')}: ${plural(errors, 'error')}, ${plural(warnings, 'warning')}. ${verdict}`,
    );
  }
  return errors > 0 ? 3 : 0;
}
