/** Whose face is whose: one avatar per account, one account per avatar. Only a person can say which of two is meant. */
import type { Report } from './findings';
import { accountLabel, quote, titles } from './findings';
import { readReference } from './reference';
import type { FlowDocument, FlowNode, FlowTab } from './types';

/** What avatar pictures are called in the title of their node. */
const AVATAR = /\bavatar\b/i;

/** In the wiki's words a tab is an account; the GitHub documents have tabs for days and parts, which share a face. */
export function checkAvatars(document: FlowDocument, report: Report): void {
  const owners = new Map<string, FlowTab>();
  for (const tab of document.tabs.filter(({ vocabulary }) => vocabulary === 'wiki')) {
    const avatars = avatarsOf(tab);
    const nodes = [...avatars.values()];
    const [first] = nodes;
    if (first && nodes.length > 1) {
      const text = `${titles(nodes)} show different pictures, so this account has more than one face; keep the right one`;
      report.add(tab, first, { rule: 'Avatar.Several', severity: 'warning', text });
    }
    for (const [picture, node] of avatars) {
      const other = owners.get(picture);
      owners.set(picture, other ?? tab);
      if (!other || accountLabel(other) === accountLabel(tab)) continue;
      const text = `is the very picture of ${quote(accountLabel(other))} too, so both accounts get one face; give this one its own`;
      report.add(tab, node, { rule: 'Avatar.Shared', severity: 'warning', text });
    }
  }
}

/** By what the picture is: the first node that shows it. */
function avatarsOf(tab: FlowTab): ReadonlyMap<string, FlowNode> {
  const avatars = new Map<string, FlowNode>();
  for (const node of tab.nodes) {
    if (node.role !== 'media' || node.muted || !AVATAR.test(node.title)) continue;
    const read = readReference(node.properties['imageData']);
    const picture = read.kind === 'url' ? read.url : read.kind === 'local' ? read.path : null;
    if (picture !== null && !avatars.has(picture)) avatars.set(picture, node);
  }
  return avatars;
}
