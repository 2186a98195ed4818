/** Collecting what the checks find, in words that name the account, the node and what to do. */
import type { Mend } from './fix-edits';
import type { Finding, FlowNode, FlowTab, Severity } from './types';

export interface Fault {
  readonly rule: string;
  readonly severity: Severity;
  /** What is wrong and what to do; the account and the title are put in front. */
  readonly text: string;
  /** What `check --fix` does; null or absent when a person must decide. */
  readonly fix?: Mend | null;
}

/** Gathers findings of one file; the same fault found on two ways is kept once. */
export class Report {
  private readonly found = new Map<string, Finding>();
  private readonly mends = new Map<Finding, Mend>();

  add(tab: FlowTab | null, node: FlowNode | null, fault: Fault): void {
    const account = tab && accountLabel(tab);
    const place = [account, node && quote(node.title)].filter((part) => part !== null).join(', ');
    const message = place === '' ? fault.text : `${place}: ${fault.text}`;
    const key = JSON.stringify([fault.rule, tab?.index, node?.id, node?.index, fault.text]);
    if (this.found.has(key)) return;
    const finding: Finding = {
      rule: fault.rule,
      severity: fault.severity,
      tab: tab?.index ?? null,
      account,
      node: node?.id ?? null,
      title: node?.title ?? null,
      message,
      fix: fault.fix?.text ?? null,
    };
    this.found.set(key, finding);
    if (fault.fix) this.mends.set(finding, fault.fix);
  }

  mendOf(finding: Finding): Mend | undefined {
    return this.mends.get(finding);
  }

  /** By tab, then in the order in which they were found. */
  list(): readonly Finding[] {
    return [...this.found.values()].sort((a, b) => (a.tab ?? -1) - (b.tab ?? -1));
  }
}

/** The tab's name as people know it. */
export function accountLabel(tab: FlowTab): string {
  return tab.name.trim() === '' ? `Tab ${tab.index + 1}` : tab.name;
}

export function quote(title: string): string {
  return `"${title}"`;
}

/** `"A", "B" and 3 more`: titles of nodes, at most three. */
export function titles(nodes: readonly FlowNode[]): string {
  const shown = nodes.slice(0, nodes.length > 3 ? 2 : 3).map((node) => quote(node.title));
  const rest = nodes.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** A value of the file, short enough for a message; `nothing` when it is absent. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
