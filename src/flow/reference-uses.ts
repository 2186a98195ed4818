/** Which pictures a storyboard is made from, who uses them, and what is wrong with those that were looked at. */
import { analyse } from './analysis';
import { Report, titles } from './findings';
import { readReference } from './reference';
import type { Finding, FlowDocument, FlowNode, FlowTab } from './types';

/** One picture in one tab. */
export interface ReferenceUse {
  readonly kind: 'url' | 'local';
  /** A link, or a path from the project's root. */
  readonly address: string;
  readonly tab: FlowTab;
  /** The node that holds it; null when a gallery does. */
  readonly holder: FlowNode | null;
  /** Generators that are made from it, in file order; empty when nothing is. */
  readonly users: readonly FlowNode[];
}

/** What was found at an address. */
export type ReferenceLook =
  | { readonly state: 'picture' }
  /** `missing`: surely not there. `silent`: not to be had now. `other`: there, but no whole picture. */
  | { readonly state: 'missing' | 'silent' | 'other'; readonly reason: string };

/** Every picture given by link or path, used or not; in file order. Pictures stored in the file are the check's business. */
export function referenceUses(document: FlowDocument): readonly ReferenceUse[] {
  const { inputs } = analyse(document, {});
  return document.tabs.flatMap((tab) => {
    const uses = new Map<string, { kind: 'url' | 'local'; holder: FlowNode | null; users: FlowNode[] }>();
    for (const node of tab.nodes) {
      const read = node.role === 'media' || node.role === 'gate' ? readReference(node.properties['imageData']) : null;
      if (read?.kind !== 'url' && read?.kind !== 'local') continue;
      const address = read.kind === 'url' ? read.url : read.path;
      if (!uses.has(address)) uses.set(address, { kind: read.kind, holder: node, users: [] });
    }
    for (const { graph, node, references, startFrame, endFrame } of inputs.values()) {
      if (graph.tab !== tab) continue;
      for (const source of [...references, startFrame, endFrame]) {
        if (source === null || source.kind === 'generated') continue;
        const address = source.kind === 'url' ? source.url : source.path;
        const use = uses.get(address) ?? { kind: source.kind, holder: null, users: [] };
        uses.set(address, use);
        if (!use.users.includes(node)) use.users.push(node);
      }
    }
    return [...uses].map(([address, use]) => ({ address, tab, ...use }));
  });
}

/** By tab. What nothing active is made from is a warning: it spoils no run. */
export function referenceFindings(
  uses: readonly ReferenceUse[],
  looks: ReadonlyMap<string, ReferenceLook>,
): readonly Finding[] {
  const report = new Report();
  for (const { address, tab, holder, users } of uses) {
    const look = looks.get(address);
    if (!look || look.state === 'picture') continue;
    const active = users.filter(({ muted }) => !muted);
    const place = holder ?? users[0] ?? null;
    const whose =
      users.length > 0
        ? `${titles(users)} ${users.length === 1 ? 'is' : 'are'} made from it`
        : 'nothing is made from it';
    report.add(tab, place, {
      rule: RULES[look.state],
      severity: active.length > 0 ? 'error' : 'warning',
      text: `its picture ${address} ${look.reason} (${whose}); ${CURES[look.state]}`,
    });
  }
  return report.list();
}

const RULES = { missing: 'Reference.Missing', silent: 'Reference.Unavailable', other: 'Reference.NoPicture' } as const;
const CURES = {
  missing: 'upload it again, or put another link in',
  silent: 'open the address in a browser, and check again when it answers',
  other: 'put the link of a PNG, JPEG or WebP picture in',
} as const;
