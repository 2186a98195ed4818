/** Checks of prompt nodes, used or not: rule 3 (names), rule 6 (rows), rule 7 (template slots). */
import type { Report } from './findings';
import { quote } from './findings';
import type { TabGraph } from './graph';
import type { Mend } from './fix-edits';
import { mendProperty, nodePath } from './fix-edits';
import { linkInto } from './graph';
import type { Edit } from './patches';
import { strangeSlots, templateSlots } from './template';
import type { TemplateSlot } from './template';
import type { FlowNode } from './types';

export function checkPrompts(graph: TabGraph, report: Report): void {
  for (const node of graph.tab.nodes) {
    if (node.role !== 'prompt') continue;
    checkRowShapes(graph, node, report);
    const isTemplate = node.properties['templateMode'] === true && node.properties['dynamicMode'] !== true;
    if (!isTemplate) continue;
    const slots = templateSlots(graph, node);
    checkSlotNames(graph, node, slots, report);
    checkVariableNames(graph, node, slots, report);
  }
}

/** Rule 6: rows that are no flat strings stop PatchWork at generation. */
function checkRowShapes(graph: TabGraph, node: FlowNode, report: Report): void {
  const rows = node.properties['dynamicRows'];
  if (rows === undefined || rows === null) return;
  const error = (text: string, fix: Mend | null): void =>
    report.add(graph.tab, node, { rule: 'R6', severity: 'error', text, fix });
  if (!Array.isArray(rows)) {
    error('its Dynamic rows are no list; type the rows again', null);
    return;
  }
  const bad = rows.findIndex((row) => typeof row !== 'string');
  if (bad < 0) return;
  const mendable = rows.every((row) => rowText(row) !== null);
  const text = `Dynamic row ${bad + 1} is no plain text, which PatchWork can't run; type it as text`;
  const changes = (): Edit[] =>
    rows.flatMap((row, i) =>
      typeof row === 'string'
        ? []
        : [{ path: nodePath(graph.tab, node, 'properties', 'dynamicRows', i), value: rowText(row) }],
    );
  error(text, mendable ? { text: 'replaces such rows by the text inside them', changes } : null);
}

/** The one text that a row of another shape holds, null when there are several or none. */
export function rowText(row: unknown): string | null {
  if (typeof row === 'string') return row;
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return null;
  const values: unknown[] = Object.values(row);
  const only = values[0];
  return values.length === 1 && typeof only === 'string' ? only : null;
}

/** Rule 7: PatchWork deletes a template's input whose name is no placeholder, and its link with it. */
function checkSlotNames(graph: TabGraph, node: FlowNode, slots: readonly TemplateSlot[], report: Report): void {
  const names = new Set(slots.map((slot) => slot.placeholder));
  const strange = strangeSlots(graph, node, names);
  if (strange.length === 0) return;
  const list = strange.map((index) => quote(node.inputs[index]?.name ?? '')).join(', ');
  const orphans = slots.filter((slot) => slot.unmatched).map((slot) => `{${slot.placeholder}}`);
  const instead = orphans.length > 0 ? ` (the text has ${orphans.join(', ')})` : '';
  const text = `its input ${list} is no placeholder of its text${instead}, so PatchWork would delete the input; make the two names equal`;
  const paired = slots.find((slot) => slot.unmatched && slot.input !== null);
  const fix =
    paired && node.ownInputs
      ? {
          text: `renames the input ${list} to ${quote(paired.placeholder)}`,
          changes: () => [
            { path: nodePath(graph.tab, node, 'inputs', paired.input ?? 0, 'name'), value: paired.placeholder },
          ],
        }
      : null;
  report.add(graph.tab, node, { rule: 'R7', severity: 'error', text, fix });
}

/** Rule 3 and D1: the link decides; the wiki's tools go by the name of the Dynamic, so there it must be right. */
function checkVariableNames(graph: TabGraph, node: FlowNode, slots: readonly TemplateSlot[], report: Report): void {
  for (const slot of slots) {
    const link = slot.input === null ? undefined : linkInto(graph, node, slot.input);
    const source = link && graph.byId.get(link.from);
    if (source?.role !== 'prompt' || source.properties['dynamicMode'] !== true) continue;
    const name = source.properties['variableName'];
    if (name === slot.placeholder) continue;
    const told = typeof name === 'string' && name !== '' ? `is called ${quote(name)}` : 'has no variable name';
    report.add(graph.tab, source, {
      rule: 'R3',
      severity: graph.tab.vocabulary === 'wiki' ? 'error' : 'warning',
      text: `${told} but feeds {${slot.placeholder}} of ${quote(node.title)}, so the braces may be sent as they are; give both the same name`,
      fix:
        graph.tab.vocabulary === 'wiki' && feedsOnce(graph, source) && !meansAnother(slots, name)
          ? mendProperty(
              graph.tab,
              source,
              'variableName',
              slot.placeholder,
              `renames its variable to ${quote(slot.placeholder)}`,
            )
          : null,
    });
  }
}

/** The name of another placeholder of the same template: then the link may be what is wrong, not the name. */
function meansAnother(slots: readonly TemplateSlot[], name: unknown): boolean {
  return slots.some(({ placeholder }) => placeholder === name);
}

function feedsOnce(graph: TabGraph, source: FlowNode): boolean {
  return (graph.outOf.get(source.id) ?? []).length === 1;
}
