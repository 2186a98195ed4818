/** Makes wiki-vocabulary storyboards of any size: per scene a still and a clip, each with its template, row and approve node. */

export interface FlowSize {
  /** Account tabs. */
  readonly tabs: number;
  /** Scenes of each tab; every scene has one image and one video generator. */
  readonly scenes: number;
  /** Tab names; default `Account A`, `Account B`… */
  readonly accountNames?: readonly string[];
  /** Origin of the avatar pictures, without a slash at the end. */
  readonly refOrigin: string;
}

type Properties = Record<string, unknown>;
interface Slot {
  readonly name: string;
  readonly type: string;
}
interface MadeNode {
  readonly id: number;
  readonly inputs: { name: string; type: string; link: number | null; label: string }[];
  readonly outputs: { name: string; type: string; links: number[]; slot_index: number; label: string }[];
}

const MEDIA: Properties = {
  _savedCurrentMediaType: null,
  lastData: null,
  _lastApprovedData: null,
  _autoRefineEnabled: false,
  _savedApprovalImages: [],
  _savedApprovalVideos: [],
  _savedApprovalIndex: 0,
  _savedApprovalVideoIndex: 0,
  galleryImages: [],
  galleryVideos: [],
  galleryIndex: 0,
  imageWidth: 0,
  imageHeight: 0,
  _imageAssetId: null,
  _pages: [],
  _pageIndex: 0,
  _savedRowMapping: {},
};
const STATE: Properties = { _disabled: false, _advancedOpen: false };
const GENERATOR: Properties = { aspectRatio: '9:16', outputCount: 4, repeatCount: 1, inputVariable: '', ...STATE };

/** One tab under construction; ids are numbered over the whole file, as the wiki's tools want them. */
class TabMaker {
  readonly nodes: (MadeNode & Properties)[] = [];
  readonly links: (number | string)[][] = [];
  private readonly offset: number;

  constructor(index: number) {
    this.offset = index * 100_000;
  }

  node(type: string, title: string, slots: { in: readonly Slot[]; out: Slot }, properties: Properties): MadeNode {
    const made = {
      id: this.offset + this.nodes.length + 1,
      type: `nanobanana/${type}`,
      pos: [(this.nodes.length % 8) * 420 - 2200, Math.floor(this.nodes.length / 8) * 340],
      size: [360, 300],
      flags: { hide_title: true },
      order: this.nodes.length,
      mode: 0,
      inputs: slots.in.map((slot) => ({ ...slot, link: null, label: ' ' })),
      outputs: [{ ...slots.out, links: [], slot_index: 0, label: ' ' }],
      title,
      properties,
      color: '#333',
      bgcolor: '#1a1a1a',
    };
    this.nodes.push(made);
    return made;
  }

  link(from: MadeNode, to: MadeNode, slot: number, type: string): void {
    const id = this.offset + this.links.length + 1;
    this.links.push([id, from.id, 0, to.id, slot, type]);
    from.outputs[0]?.links.push(id);
    const input = to.inputs[slot];
    if (input) input.link = id;
  }

  prompt(title: string, properties: Properties, inputs: readonly Slot[] = []): MadeNode {
    const slots = { in: inputs, out: { name: 'prompt', type: 'string' } };
    const base = { text: '', batchMode: false, templateMode: false, dynamicMode: false, dynamicRows: [''], ...STATE };
    return this.node('Prompt', title, slots, { ...base, variableName: title, ...properties });
  }

  media(title: string, type: string, properties: Properties): MadeNode {
    const slots = { in: [{ name: 'input', type: '*' }], out: { name: 'output', type } };
    return this.node('Media', title, slots, { ...MEDIA, ...STATE, variableName: title, filename: '', ...properties });
  }
}

/** The text of a .nbflow file that passes the sanity check clean. 5 tabs of 100 scenes are 1,000 generators and about 7 MB. */
export function makeFlow({ tabs, scenes, accountNames = [], refOrigin }: FlowSize): string {
  const made = Array.from({ length: tabs }, (_, index) => {
    const name = accountNames[index] ?? `Account ${letters(index)}`;
    const maker = new TabMaker(index);
    const code = name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
    const avatar = maker.media(`Avatar Image — ${code}`, 'image', {
      mode: 'reference',
      imageData: `${refOrigin}/avatar-sheets/${code}.png`,
    });
    for (let scene = 1; scene <= scenes; scene++) addScene(maker, avatar, String(scene).padStart(2, '0'));
    const { nodes, links } = maker;
    const graph = { last_node_id: nodes.at(-1)?.id ?? 0, last_link_id: links.at(-1)?.[0] ?? 0, nodes, links };
    const graphData = { ...graph, groups: [], config: {}, extra: { nodeGroups: {} }, version: 0.4 };
    return { name, graphData, canvasState: { offsetX: 0, offsetY: 0, scale: 1 }, drawingData: [], saveCounter: 1 };
  });
  return `${JSON.stringify({ name: 'XYZG9-V0-1', tabs: made }, null, 1)}\n`;
}

function addScene(maker: TabMaker, avatar: MadeNode, scene: string): void {
  const pose = dynamic(maker, scene, 'pose', `leaning on the counter, take ${scene}`);
  const imageText = 'Selfie of the avatar in a sunlit kitchen, {pose}. Blue cotton t-shirt. Phone camera look.';
  const imagePrompt = template(maker, `Prompt: Scene ${scene} image`, imageText, 'pose');
  const image = maker.node(
    'NanobananaAPI',
    `Scene ${scene} — image gen`,
    {
      in: [
        { name: 'prompt', type: 'string' },
        { name: 'image 1', type: 'image' },
      ],
      out: { name: 'images', type: 'image' },
    },
    { model: 'nano_banana_2', resolution: '1K', timeout: 300_000, imageCount: 1, ...GENERATOR, _savedImages: [] },
  );
  const still = maker.media(`Approve: Scene ${scene} image`, 'image', { mode: 'approve', imageData: null });
  const line = dynamic(maker, scene, 'dialogue', `This is what I say in scene ${scene}.`);
  const videoText = 'She looks into the camera and says: "{dialogue}". Natural hand movement, no text on screen.';
  const videoPrompt = template(maker, `Prompt: Scene ${scene} video`, videoText, 'dialogue');
  const frames = ['start frame', 'end frame'].map((name) => ({ name, type: 'image' }));
  const video = maker.node(
    'Veo3',
    `Scene ${scene} — video gen`,
    { in: [{ name: 'prompt', type: 'string' }, ...frames], out: { name: 'video', type: 'video' } },
    { ...VIDEO, ...GENERATOR, _savedClips: [] },
  );
  const clip = maker.media(`Approve: Scene ${scene} video`, 'video', { mode: 'approve', imageData: null });
  maker.link(pose, imagePrompt, 0, 'string');
  maker.link(imagePrompt, image, 0, 'string');
  maker.link(avatar, image, 1, 'image');
  maker.link(image, still, 0, '*');
  maker.link(line, videoPrompt, 0, 'string');
  maker.link(videoPrompt, video, 0, 'string');
  maker.link(still, video, 1, 'image');
  maker.link(video, clip, 0, '*');
}

const VIDEO: Properties = {
  model: 'veo_3_1',
  veoModel: 'fast',
  mode: 'frames-to-video',
  durationSeconds: '8',
  resolution: '720p',
  negativePrompt: '',
  sampleCount: 1,
  seed: 0,
  timeout: 600_000,
  imageCount: 1,
};

function dynamic(maker: TabMaker, scene: string, variableName: string, row: string): MadeNode {
  return maker.prompt(`Scene ${scene} — ${variableName}`, { variableName, dynamicMode: true, dynamicRows: [row] });
}

function template(maker: TabMaker, title: string, text: string, placeholder: string): MadeNode {
  return maker.prompt(title, { text, templateMode: true }, [{ name: placeholder, type: 'string' }]);
}

/** A, B, … Z, AA, AB… */
function letters(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}
