/** The text of every row of a prompt (D1-D8). Faults that only show while rendering are reported here, once. */
import type { Report } from './findings';
import { quote, titles } from './findings';
import { mendProperty } from './fix-edits';
import type { TabGraph } from './graph';
import { generatorsFedBy, linkInto } from './graph';
import { literalsIn, templateSlots, textOf } from './template';
import type { TemplateSlot } from './template';
import type { FlowNode } from './types';

/** Longer prompts are no prompts: nested templates that double at each step would otherwise fill the memory. */
const MAX_PROMPT = 100_000;
/** Templates within templates within templates. */
const MAX_NESTING = 50;

/** Renders a prompt node: its rows in order, or null when a fault (reported) makes that impossible. */
export type Renderer = (node: FlowNode) => readonly string[] | null;

/** A renderer over one tab; every prompt node is rendered once. */
export function promptRenderer(graph: TabGraph, report: Report): Renderer {
  const memo = new Map<number, readonly string[] | null>();
  let nesting = 0;
  const render: Renderer = (node) => {
    const known = memo.get(node.id);
    if (known !== undefined) return known;
    // The cycle is a finding of its own.
    if (graph.cyclic.has(node.id)) return null;
    if (nesting === MAX_NESTING) {
      const text = `more than ${MAX_NESTING} templates are nested in one another here; put their texts together`;
      report.add(graph.tab, node, { rule: 'Prompt.TooLong', severity: 'error', text });
      return null;
    }
    nesting += 1;
    const rows = renderNode({ graph, report, render }, node);
    nesting -= 1;
    memo.set(node.id, rows);
    return rows;
  };
  return render;
}

interface Context {
  readonly graph: TabGraph;
  readonly report: Report;
  readonly render: Renderer;
}

function renderNode(context: Context, node: FlowNode): readonly string[] | null {
  const { graph, report } = context;
  if (node.muted) {
    const text = `is muted but its text is still used for ${titles(generatorsFedBy(graph, node))}; relink or unmute it`;
    report.add(graph.tab, node, { rule: 'Node.Muted', severity: 'warning', text });
  }
  if (node.properties['batchMode'] === true) return batchFault(context, node);
  if (node.properties['dynamicMode'] === true) return dynamicRows(context, node);
  if (node.properties['templateMode'] === true) return fillTemplate(context, node);
  return plainText(context, node);
}

/** D8: what a batch sends, and how often, nobody has written down. */
function batchFault({ graph, report }: Context, node: FlowNode): null {
  const text = 'has batchMode on, which multiplies what is paid in an unknown way; turn it off and use Dynamic rows';
  report.add(graph.tab, node, { rule: 'Money.Multiplier', severity: 'error', text });
  return null;
}

function plainText({ graph, report }: Context, node: FlowNode): readonly string[] | null {
  const text = textOf(node);
  const fed = node.inputs.find((input, slot) => literalsIn(text).includes(input.name) && linkInto(graph, node, slot));
  if (fed) {
    report.add(graph.tab, node, {
      rule: 'Prompt.Unfed',
      severity: 'error',
      text: `has {${fed.name}} in its text and something linked to it, but template mode is off, so the braces would be sent; turn template mode on`,
      fix: mendProperty(graph.tab, node, 'templateMode', true, 'turns template mode on'),
    });
    return null;
  }
  warnOfLiterals({ graph, report }, node, [text]);
  return [text];
}

function dynamicRows({ graph, report }: Context, node: FlowNode): readonly string[] | null {
  const rows = node.properties['dynamicRows'];
  const add = (text: string): null => {
    report.add(graph.tab, node, { rule: 'Prompt.EmptyRow', severity: 'error', text });
    return null;
  };
  if (rows === undefined || rows === null || (Array.isArray(rows) && rows.length === 0)) {
    return add('is a Dynamic prompt without rows; type at least one row');
  }
  // Rows of another shape are rule 6, which looks at every prompt of the file.
  if (!Array.isArray(rows) || !rows.every((row): row is string => typeof row === 'string')) return null;
  const blank = rows.findIndex((row) => row.trim() === '');
  if (blank >= 0) return add(`row ${blank + 1} of ${rows.length} is empty; type its text or delete the row`);
  warnOfLiterals({ graph, report }, node, rows);
  return rows;
}

/** D5: a row or a plain prompt is sent as it stands, braces and all. */
function warnOfLiterals({ graph, report }: Omit<Context, 'render'>, node: FlowNode, rows: readonly string[]): void {
  const words = [...new Set(rows.flatMap(literalsIn))];
  if (words.length === 0) return;
  const list = words.map((word) => `{${word}}`).join(', ');
  const text = `${list} will be sent literally, because only templates are filled in; if it is a placeholder, use a template`;
  report.add(graph.tab, node, { rule: 'Prompt.Literal', severity: 'warning', text });
}

interface Filling {
  readonly slot: TemplateSlot;
  readonly source: FlowNode;
  readonly rows: readonly string[];
}

function fillTemplate(context: Context, node: FlowNode): readonly string[] | null {
  const { graph, report } = context;
  const fillings = templateSlots(graph, node).map((slot) => fillingOf(context, node, slot));
  const good = fillings.filter((filling) => filling !== null);
  if (good.length < fillings.length) return null;
  const counts = [...new Set(good.map((filling) => filling.rows.length).filter((count) => count !== 1))];
  if (counts.length > 1) {
    const list = good.map((filling) => `${quote(filling.source.title)} has ${filling.rows.length}`).join(', ');
    const text = `its inputs have different numbers of rows (${list}); give them the same number, or one row`;
    report.add(graph.tab, node, { rule: 'Rows.Mismatch', severity: 'error', text });
    return null;
  }
  const rows = Array.from({ length: counts[0] ?? 1 }, (_, row) => fill(textOf(node), good, row));
  if (rows.some((row) => row === null)) {
    const text = `its filled-in text is longer than ${MAX_PROMPT} characters; shorten what feeds it`;
    report.add(graph.tab, node, { rule: 'Prompt.TooLong', severity: 'error', text });
    return null;
  }
  const whole = rows.filter((row) => row !== null);
  warnOfBrokenJson(context, node, whole);
  return whole;
}

function fillingOf(context: Context, node: FlowNode, slot: TemplateSlot): Filling | null {
  const { graph, report, render } = context;
  const link = slot.input === null ? undefined : linkInto(graph, node, slot.input);
  const source = link && graph.byId.get(link.from);
  if (!source) {
    // A missing input that another finding explains (a broken link, rule 7) is not told twice.
    if (!graph.tainted.has(node.id) && !slot.unmatched) {
      const text = `nothing feeds {${slot.placeholder}}, so the braces would be sent; link a prompt to it or take it out of the text`;
      report.add(graph.tab, node, { rule: 'Prompt.Unfed', severity: 'error', text });
    }
    return null;
  }
  if (source.role === 'prompt') {
    const rows = render(source);
    return rows && { slot, source, rows };
  }
  // An unknown type on the way to a generator is a finding of its own (D20).
  if (source.role !== 'unknown') {
    const text = `{${slot.placeholder}} is fed by ${quote(source.title)}, which is no prompt; link a prompt to it`;
    report.add(graph.tab, node, { rule: 'Prompt.Source', severity: 'error', text });
  }
  return null;
}

/** Null when the result would be too long. Filling is literal and happens once: what a row says is never searched again. */
function fill(text: string, fillings: readonly Filling[], row: number): string | null {
  const values = new Map<string, string>();
  for (const { slot, rows } of fillings) values.set(slot.placeholder, rows[rows.length === 1 ? 0 : row] ?? '');
  let length = text.length;
  for (const [placeholder, value] of values) length += (text.split(`{${placeholder}}`).length - 1) * value.length;
  if (length > MAX_PROMPT) return null;
  return text.replace(/\{([^{}"\n]{1,80})\}/g, (braces, name: string) => values.get(name) ?? braces);
}

function warnOfBrokenJson({ graph, report }: Context, node: FlowNode, rows: readonly string[]): void {
  if (!isJson(textOf(node))) return;
  const broken = rows.findIndex((row) => !isJson(row));
  if (broken < 0) return;
  const text = `is JSON, but with row ${broken + 1} filled in it no longer is (a quote or a line break in the row?); it is sent as it is`;
  report.add(graph.tab, node, { rule: 'Prompt.Json', severity: 'warning', text });
}

function isJson(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
