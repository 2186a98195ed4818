/** The report of a pass: a contact sheet in one HTML file, with what each scene came to and cost. No scripts, no network. */
import { dirname, join, relative, sep } from 'node:path';
import { generationWords, nodeWords } from '../flow/summary';
import { currentGeneration } from '../flow/receipt';
import type { Receipt } from '../flow/receipt';
import type { Generator } from '../flow/types';
import { countGenerations, countNodes } from '../flow/outcome';
import type { Project } from '../project';
import type { ExportInput, PassNode } from '../workflows/messages';

export interface SheetInput {
  readonly project: Project;
  readonly receipts: ReadonlyMap<string, Receipt>;
  readonly pass: ExportInput;
  readonly output: string;
  /** Where the sheet will lie: pictures are linked relative to it. */
  readonly report: string;
}

export function contactSheet(input: SheetInput): string {
  const { project, pass, output } = input;
  const outcomes = Object.values(pass.outcomes);
  const title = `${project.layout.code} ${project.layout.version}`;
  const seconds = Math.round((pass.finishedAt - pass.startedAt) / 1000);
  const accounts = [...new Set(pass.nodes.map(({ account }) => account))];
  const sections = accounts.map((account) => section(input, account, accounts.length > 1));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)} — report</title><style>${STYLE}</style></head><body>
<h1>${escape(title)}</h1>
<p class="sum">${escape(nodeWords(countNodes(outcomes)))}; ${escape(generationWords(countGenerations(outcomes)))}; ${seconds} s.</p>
<p class="file">${escape(relative(project.layout.root, output))}</p>
${sections.join('\n')}
</body></html>
`;
}

function section(input: SheetInput, account: string, several: boolean): string {
  const nodes = input.pass.nodes.filter((node) => node.account === account);
  return `${several ? `<h2>${escape(account)}</h2>` : ''}<div class="nodes">${nodes.map((node) => card(input, node)).join('\n')}</div>`;
}

function card(input: SheetInput, node: PassNode): string {
  const outcome = input.pass.outcomes[node.key];
  const generator = input.project.flow.byKey.get(node.key);
  const media = generator ? cells(input, generator) : [];
  const state = outcome?.state ?? 'skipped';
  const why = outcome?.reason ? `<p class="why">${escape(outcome.reason)}</p>` : '';
  const cost =
    outcome && outcome.paid > 0
      ? `${outcome.paid} paid`
      : outcome && outcome.reused > 0
        ? `${outcome.reused} reused`
        : '';
  return `<section class="${state}"><h3>${escape(node.title)} <span>${state}${cost ? `, ${cost}` : ''}</span></h3>${why}<div class="row">${media.join('')}</div></section>`;
}

function cells(input: SheetInput, generator: Generator): readonly string[] {
  const receipt = input.receipts.get(generator.key);
  return generator.rows.flatMap(({ row }) =>
    Array.from({ length: generator.outputCount }, (_, index) => {
      const entry = currentGeneration(receipt, row, index + 1);
      const source = entry?.file ? link(input, entry.file) : entry?.url;
      const label = generator.rows.length > 1 ? `row ${row}, ${index + 1}` : `${index + 1}`;
      if (!source) return `<figure class="none"><figcaption>${label}: none</figcaption></figure>`;
      const media =
        generator.kind === 'image'
          ? `<a href="${escape(source)}"><img loading="lazy" src="${escape(source)}" alt="candidate ${label}"></a>`
          : `<a class="clip" href="${escape(source)}"><video muted preload="metadata" src="${escape(source)}"></video></a>`;
      return `<figure>${media}<figcaption>${label}</figcaption></figure>`;
    }),
  );
}

function link({ project, report }: SheetInput, file: string): string {
  return relative(dirname(report), join(project.layout.baseDir, file)).split(sep).map(encodeURIComponent).join('/');
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

const STYLE = `
:root{color-scheme:light dark;--line:#8884}body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:1180px;padding:0 1rem}
h1{margin:0}.sum{margin:.2rem 0}.file{margin:0 0 1.5rem;opacity:.7;font-family:ui-monospace,monospace;font-size:.85em}
h2{margin:2rem 0 .5rem}.nodes{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,480px),1fr));gap:1rem}
section{border:1px solid var(--line);border-radius:10px;padding:.7rem .9rem}h3{margin:0 0 .5rem;font-size:1em}h3 span{font-weight:400;opacity:.65}
.failed,.undecided{border-color:#c33}.failed h3 span,.undecided h3 span{color:#c33;opacity:1}.why{margin:0 0 .5rem;font-size:.9em}
.row{display:grid;grid-template-columns:repeat(4,1fr);gap:.5rem}figure{margin:0}img,video{width:100%;border-radius:6px;display:block;background:#8882}
.clip{position:relative;display:block}.clip::after{content:'▶';position:absolute;inset:auto auto .4rem .4rem;color:#fff;background:#000a;border-radius:99px;padding:.1rem .45rem .1rem .55rem;font-size:.8em}
figcaption{font-size:.75em;opacity:.65;text-align:center}.none{border:1px dashed var(--line);border-radius:6px;padding:2rem 0}`;
