/** What `check` tells: the changes of a fix, what is left, whether a run would take the file, what to type next. */
import type { AppliedFix, FixedValue } from '../fix-file';
import { quoted } from '../flow/advice';
import { errorsOf, findingLines, mendingSteps } from '../flow/finding-lines';
import { shown } from '../flow/findings';
import type { FixEffect } from '../flow/fix-effects';
import { counted, nodeLabel, productOf, selectorFor } from '../flow/labels';
import { units } from '../flow/money-words';
import type { CompiledFlow, Finding } from '../flow/types';
import type { CheckedPictures, CheckOptions } from './check';
import type { Fixing } from './check-fix';
import { jsonResult, plural, result, say } from './output';

/** More changes of one fix are counted, not listed; `--json` has them all. */
const MOST_SHOWN = 6;

export interface Checked {
  readonly name: string;
  readonly file: string;
  readonly flow: CompiledFlow;
  readonly pictures: CheckedPictures;
  readonly fixing: Fixing | null;
  readonly options: CheckOptions;
}

/** Prints it and answers the exit code. */
export function reportCheck(checked: Checked): number {
  const { file, flow, pictures, fixing, options } = checked;
  const findings = [...flow.findings, ...pictures.files, ...pictures.links];
  const errors = errorsOf(findings).length;
  const warnings = findings.filter(({ severity }) => severity === 'warning').length;
  const next = nextSteps(checked, findings);
  if (options.json) {
    const deep = options.deep ? { pictures: pictures.looked } : {};
    jsonResult({ file, errors, warnings, findings, ...deep, ...(fixing ? { fix: fixJson(fixing) } : {}), next });
  } else {
    if (fixing) result(fixedWords(fixing, options, findings.length));
    if (fixing && findings.length > 0 && !isDeclined(fixing, options))
      result('Left for you, because only a person can say what is meant:');
    for (const line of findingLines(findings)) result(line);
    result(
      `${plural(flow.generators.length, 'image or video node')}: ${plural(errors, 'error')}, ${plural(warnings, 'warning')}.${lookedWords(checked)} ${verdict(checked)}`,
    );
    for (const step of next) say(`  → ${step}`);
  }
  return errors > 0 ? 3 : 0;
}

function lookedWords({ pictures, options }: Checked): string {
  if (!options.deep) return '';
  const bad = pictures.files.length + pictures.links.length;
  const opened = plural(pictures.looked, 'reference picture');
  return ` ${opened} looked at${bad === 0 ? ': all can be used' : ''}.`;
}

function verdict({ flow, pictures, fixing, options }: Checked): string {
  const would = options.dryRun && fixing && fixing.fixes.length > 0 ? 'After that a run' : 'A run';
  if (errorsOf([...flow.findings, ...pictures.files]).length > 0)
    return `${would} would refuse this file; nothing would be spent.`;
  if (errorsOf(pictures.links).length > 0) return `${would} would start, but what needs those pictures would fail.`;
  return `${would} would accept this file.`;
}

/** One block per fix: what it does, then each value as it was and as it becomes. */
export function fixLines(fixes: readonly AppliedFix[]): readonly string[] {
  return fixes.flatMap(({ finding, values }) => {
    const place = [finding.account, finding.title && `"${finding.title}"`].filter(Boolean).join(', ');
    const shownValues = values.slice(0, MOST_SHOWN).map((value) => `      ${valueLine(value)}`);
    const rest = values.length - shownValues.length;
    return [
      `  ${place === '' ? 'The file' : place}: ${finding.fix ?? ''} [${finding.rule}]`,
      ...shownValues,
      ...(rest > 0 ? [`      … and ${rest} more (--json lists them all)`] : []),
    ];
  });
}

function valueLine({ path, before, after }: FixedValue): string {
  if (after === undefined) return `${path}: ${shown(before)} is taken out`;
  return before === undefined ? `${path}: ${shown(after)} is added` : `${path}: ${shown(before)} → ${shown(after)}`;
}

/** What the fix means for what is made already, with its price. */
export function effectLines(effects: readonly FixEffect[], name: string): readonly string[] {
  return effects.map(({ generator, again, more, kept, price }) => {
    const label = nodeLabel(generator);
    const product = productOf(generator.kind);
    if (again > 0)
      return `  This changes what ${label} asks for: a run makes ${counted(again + more, product)} again for ${units(price)}.`;
    if (more > 0) return `  ${label}: a run makes ${counted(more, `more ${product}`)} for ${units(price)}.`;
    return `  ${label} keeps ${counted(kept, product)} from before, perhaps made with another model; afresh: nbflow rerun ${quoted(name)} ${selectorFor(generator)}`;
  });
}

function fixedWords({ fixes, written, backup }: Fixing, { dryRun }: CheckOptions, left: number): string {
  if (fixes.length === 0)
    return left === 0
      ? 'Nothing to mend; nothing was changed.'
      : 'Nothing has just one right answer; nothing was changed.';
  const count = plural(fixes.length, 'fix', 'fixes');
  if (!written) return dryRun ? `${count} to write; nothing was changed.` : `${count} not written.`;
  return `Wrote ${count}.\nBackup: ${backup ?? ''}`;
}

/** The person said no: the file is as it was. */
function isDeclined({ fixes, written }: Fixing, { dryRun }: CheckOptions): boolean {
  return fixes.length > 0 && !written && !dryRun;
}

function fixJson({ fixes, effects, written, backup }: Fixing): object {
  return {
    written,
    backup,
    fixes: fixes.map(({ finding, values }) => {
      const { rule, tab, account, node, title, fix } = finding;
      return { rule, tab, account, node, title, fix, values };
    }),
    effects: effects.map(({ generator, ...effect }) => {
      const { tab, account, id, title, scene, kind } = generator;
      return { tab, account, node: id, title, scene, kind, ...effect };
    }),
  };
}

function nextSteps({ name, fixing, options }: Checked, findings: readonly Finding[]): readonly string[] {
  const file = quoted(name);
  const deep = options.deep ? ' --deep' : '';
  const isPending = options.dryRun && (fixing?.fixes.length ?? 0) > 0;
  const steps = [
    ...(isPending ? [`To do it: nbflow check ${file} --fix`] : []),
    ...(fixing?.backup ? [`Take the fixes back: nbflow restore ${file} ${quoted(fixing.backup)}`] : []),
    ...mendingSteps(findings, name, deep),
  ];
  const isFine = errorsOf(findings).length === 0 && !isPending;
  return isFine ? [...steps, `See what a run would pay for: nbflow plan ${file}`] : steps;
}
