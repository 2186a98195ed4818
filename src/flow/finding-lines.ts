import type { Finding } from './types';

export function errorsOf(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ severity }) => severity === 'error');
}

/** Findings as people read them: what, where, and what can be mended. */
export function findingLines(findings: readonly Finding[]): readonly string[] {
  return findings.flatMap((finding) => {
    const where = [finding.account, finding.title && `"${finding.title}"`].filter(Boolean).join(', ');
    const head = `  ${finding.severity.padEnd(7)} ${where ? `${where}: ` : ''}${finding.message} [${finding.rule}]`;
    return finding.fix ? [head, `          could be mended: ${finding.fix}`] : [head];
  });
}
