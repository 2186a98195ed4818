/** Checks of the file as a whole: its name (D30), pictures stored inside it, cache lists with holes. */
import { cacheEntries, cacheLists } from './cached';
import type { Report } from './findings';
import { quote } from './findings';
import type { FlowDocument, FlowNode, FlowTab } from './types';

/** PatchWork strips embedded data longer than this. */
const EMBEDDED_LENGTH = 1024;

/** D30: the file name counts; the wiki's tools expect the `name` inside to equal it. */
export function checkName(document: FlowDocument, fileName: string | null, report: Report): void {
  if (fileName === null || document.name === null || document.name === fileName) return;
  if (!document.tabs.some((tab) => tab.vocabulary === 'wiki')) return;
  report.add(null, null, {
    rule: 'File.Name',
    severity: 'warning',
    text: `the name inside the file is ${quote(document.name)} but the file is called ${quote(fileName)}; the file name counts`,
    fix: {
      text: `sets the name inside to ${quote(fileName)}`,
      changes: () => [{ path: ['name'], value: fileName }],
    },
  });
}

/** Embedded data where links belong, besides the pictures that a generator needs (D25 reports those). */
export function checkStoredData(tab: FlowTab, report: Report): void {
  for (const node of tab.nodes) {
    for (const [field, value] of Object.entries(node.properties)) {
      if (field === 'imageData' && (node.role === 'media' || node.role === 'gate')) continue;
      if (!embeds(value)) continue;
      const text = `its ${field} holds data itself instead of a link, which PatchWork drops and nbflow does not use; clear it`;
      report.add(tab, node, { rule: 'Reference.Base64', severity: 'warning', text });
    }
    if (node.role === 'image' || node.role === 'video') checkHoles(tab, node, node.role, report);
  }
}

function embeds(value: unknown): boolean {
  if (Array.isArray(value)) return value.some((entry) => typeof entry === 'string' && embeds(entry));
  return typeof value === 'string' && value.length > EMBEDDED_LENGTH && /^data:/i.test(value);
}

function checkHoles(tab: FlowTab, node: FlowNode, kind: 'image' | 'video', report: Report): void {
  const holes = cacheEntries(node, { kind, vocabulary: tab.vocabulary }).filter((url) => url === null).length;
  if (holes === 0) return;
  const field = cacheLists(kind, tab.vocabulary).find((name) => Array.isArray(node.properties[name]));
  const text = `${holes} of the entries in its ${field ?? 'cache'} hold no link; they count as not made yet`;
  report.add(tab, node, { rule: 'Cache.Hole', severity: 'note', text });
}
