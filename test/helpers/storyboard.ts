/** Builds small storyboards node by node, as text's parsed form, for tests of parsing, checking and compiling. */
import { compileFlow } from '../../src/flow/compile';
import { parseFlow } from '../../src/flow/parse';
import type { CompiledFlow, Finding } from '../../src/flow/types';

export type Properties = Record<string, unknown>;

export interface RawNode {
  id: number;
  type: string;
  title: string;
  mode: number;
  properties: Properties;
  inputs: { name: string; type: string; link: number | null }[];
  outputs: { name: string; type: string; links: number[] }[];
}

/** One tab. Nodes get ids from 1 (or the given start), links too; both sides of a link are noted in the nodes. */
export class TabBuilder {
  readonly nodes: RawNode[] = [];
  readonly links: unknown[][] = [];
  readonly name: string;
  private readonly firstId: number;

  constructor(name = 'Account A', firstId = 1) {
    this.name = name;
    this.firstId = firstId;
  }

  node(type: string, title: string, properties: Properties, inputs: readonly string[] = []): RawNode {
    const node: RawNode = {
      id: this.firstId + this.nodes.length,
      type: type.includes('/') ? type : `nanobanana/${type}`,
      title,
      mode: 0,
      properties,
      inputs: inputs.map((name) => ({ name, type: '*', link: null })),
      outputs: [{ name: 'output', type: '*', links: [] }],
    };
    this.nodes.push(node);
    return node;
  }

  plain(text: string, title = 'Prompt: plain'): RawNode {
    return this.node('Prompt', title, { text });
  }

  rows(variableName: string, dynamicRows: unknown, title = `Rows of ${variableName}`): RawNode {
    return this.node('Prompt', title, { text: '', variableName, dynamicMode: true, dynamicRows });
  }

  template(text: string, slots: readonly string[], title = 'Prompt: template'): RawNode {
    return this.node('Prompt', title, { text, templateMode: true }, slots);
  }

  reference(imageData: unknown, title = 'Avatar Image'): RawNode {
    return this.node('Media', title, { mode: 'reference', imageData }, ['input']);
  }

  gate(title = 'Approve: still', properties: Properties = {}): RawNode {
    return this.node('Media', title, { mode: 'approve', imageData: null, ...properties }, ['input']);
  }

  image(title = 'Scene 01 — image gen', properties: Properties = {}, slots = 1): RawNode {
    const names = Array.from({ length: slots }, (_, index) => `image ${index + 1}`);
    const usual = { model: 'nano_banana_2', outputCount: 4, aspectRatio: '9:16', imageCount: slots };
    return this.node('NanobananaAPI', title, { ...usual, ...properties }, ['prompt', ...names]);
  }

  video(title = 'Scene 01 — video gen', properties: Properties = {}): RawNode {
    const usual = { model: 'veo_3_1', veoModel: 'fast', outputCount: 4, negativePrompt: '', durationSeconds: '8' };
    return this.node('Veo3', title, { ...usual, ...properties }, ['prompt', 'start frame', 'end frame']);
  }

  link(from: RawNode, to: RawNode, slot = 0): number {
    const id = this.firstId + this.links.length;
    this.links.push([id, from.id, 0, to.id, slot, '*']);
    from.outputs[0]?.links.push(id);
    const input = to.inputs[slot];
    if (input) input.link = id;
    return id;
  }

  /** A link in the tab's table alone, without the notes in the nodes. */
  rawLink(...tuple: number[]): void {
    this.links.push([...tuple, '*']);
  }

  /** A prompt, an avatar, an image node: the smallest sound storyboard. */
  still(title = 'Scene 01 — image gen', text = 'A kitchen'): RawNode {
    const image = this.image(title);
    this.link(this.plain(text, `Prompt: ${title}`), image, 0);
    this.link(this.reference('https://r.example/a.png', `Avatar of ${title}`), image, 1);
    return image;
  }

  /** A clip from the given picture's node. */
  clip(from: RawNode, title = 'Scene 01 — video gen', text = 'She nods'): RawNode {
    const video = this.video(title);
    this.link(this.plain(text, `Prompt: ${title}`), video, 0);
    this.link(from, video, 1);
    return video;
  }
}

export function fileText(tabs: readonly TabBuilder[], more: Properties = {}): string {
  const raw = tabs.map(({ name, nodes, links }) => ({ name, graphData: { nodes, links } }));
  return JSON.stringify({ name: 'XYZG3-V0-1', ...more, tabs: raw });
}

export function compileTabs(tabs: readonly TabBuilder[], more: Properties = {}, fileName?: string): CompiledFlow {
  const document = parseFlow(fileText(tabs, more), 'XYZG3-V0-1.nbflow');
  return compileFlow(document, fileName === undefined ? {} : { fileName });
}

/** `R1 error`, sorted: what a storyboard's findings amount to. */
export function rulesOf(findings: readonly Finding[]): string[] {
  return findings.map((finding) => `${finding.rule} ${finding.severity}`).sort();
}

/** Rules of a one-tab storyboard that `build` fills. */
export function findingsOf(build: (tab: TabBuilder) => void, more: Properties = {}): string[] {
  const tab = new TabBuilder();
  build(tab);
  return rulesOf(compileTabs([tab], more).findings);
}

/** The vocabulary words of the GitHub documents, for an image node. */
export const GITHUB_IMAGE: Properties = { model: 'gemini-3.1-flash-image-preview', outputCount: 2 };
