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
