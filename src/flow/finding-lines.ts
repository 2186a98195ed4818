import { quoted } from './advice';
import type { Finding } from './types';

export function errorsOf(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ severity }) => severity === 'error');
}

/** Findings as people read them: what, where, and what can be mended. */
export function findingLines(findings: readonly Finding[]): readonly string[] {
  return findings.flatMap((finding) => {
    // Messages name the account and the node themselves.
    const head = `  ${finding.severity.padEnd(7)} ${finding.message} [${finding.rule}]`;
    return finding.fix ? [head, `          what mends it: ${finding.fix}`] : [head];
  });
}

/** What to type about findings; empty when nothing stops a run and nothing can be mended. `name`: the file as it was typed. */
export function mendingSteps(findings: readonly Finding[], name: string, flags = ''): readonly string[] {
  const file = quoted(name);
  const steps: string[] = [];
  if (findings.some(({ fix }) => fix !== null))
    steps.push(`Mend what has one right answer: nbflow check ${file} --fix`);
  if (errorsOf(findings).some(({ fix }) => fix === null))
    steps.push(`Correct ${steps.length > 0 ? 'the rest' : 'it'} in PatchWork, then: nbflow check ${file}${flags}`);
  return steps;
}
