/** Checks of a generator's own settings: rules 1, 2, 4, 5, what would multiply money (D8), ratios and counts (D24, D26). */
import { cacheEntries } from './cached';
import type { Fault } from './findings';
import { shown } from './findings';
import { mendProperty } from './fix-edits';
import type { Mend } from './fix-edits';
import type { GeneratorInputs } from './generator-inputs';
import {
  DEFAULT_RATIO,
  IMAGE_RATIOS,
  MAX_REFERENCES,
  USUAL_IMAGE_MODEL,
  USUAL_VIDEO_MODEL,
  VIDEO_RATIOS,
  imageModel,
  videoModel,
} from './models';
import { checkVideo } from './check-videos';
import { isGenerator } from './roles';
import type { FlowNode, FlowTab, Kind, Vocabulary } from './types';

/** Candidates that each vocabulary allows (rule 2): the GitHub documents use 2 while testing. */
const OUTPUT_COUNTS: Readonly<Record<Vocabulary, readonly number[]>> = { wiki: [4], github: [2, 4] };

/** Settings whose other values would multiply what is paid in a way nobody has written down (D8). */
const MULTIPLIERS: readonly (readonly [field: string, usual: unknown])[] = [
  ['repeatCount', 1],
  ['sampleCount', 1],
  ['batchMode', false],
  ['inputVariable', ''],
];

/** Faults of one generator's settings and of the number of its references. */
export function generatorFaults(inputs: GeneratorInputs): Fault[] {
  const { node, kind } = inputs;
  const vocabulary = inputs.graph.tab.vocabulary;
  const own = kind === 'image' ? imageFaults(inputs, vocabulary) : checkVideo(inputs);
  return [
    ...modelFaults(inputs, vocabulary),
    ...countFaults(inputs, vocabulary),
    ...moneyFaults(node),
    ...ratioFaults(node, kind),
    ...own,
  ];
}

function modelFaults({ node, kind, graph }: GeneratorInputs, vocabulary: Vocabulary): Fault[] {
  const { model, veoModel } = node.properties;
  if (kind === 'image') {
    const right = vocabulary === 'wiki' ? model === USUAL_IMAGE_MODEL.wiki : imageModel(model) !== null;
    return right ? [] : [modelFault(graph.tab, node, 'image', 'G-Labs would quietly use an older, worse model')];
  }
  if (videoModel(model, veoModel) === null) {
    if (videoModel(USUAL_VIDEO_MODEL[vocabulary], veoModel) === null) {
      const text = `its veoModel is ${shown(veoModel)}, which G-Labs does not know and would quietly replace; use fast, lite, quality or relax`;
      return [{ rule: 'R1', severity: 'error', text }];
    }
    return [modelFault(graph.tab, node, 'video', 'G-Labs would quietly use its default model')];
  }
  if (typeof model === 'string' && model !== '') return [];
  const text = `has no model; its veoModel ${shown(veoModel)} decides, set its model to ${USUAL_VIDEO_MODEL[vocabulary]}`;
  return [
    {
      rule: 'R1',
      severity: 'warning',
      text,
      fix: mendProperty(graph.tab, node, 'model', USUAL_VIDEO_MODEL[vocabulary]),
    },
  ];
}

function modelFault(tab: FlowTab, node: FlowNode, kind: Kind, danger: string): Fault {
  const model = node.properties['model'];
  const usual = (kind === 'image' ? USUAL_IMAGE_MODEL : USUAL_VIDEO_MODEL)[tab.vocabulary];
  const is = model === undefined ? 'has no model' : `its model is ${shown(model)}`;
  const text = `${is}, but it should be ${usual}: ${danger}; set it`;
  const fix = isOnlyModel(tab.vocabulary, kind, model) ? mendProperty(tab, node, 'model', usual) : null;
  return { rule: 'R1', severity: 'error', text, fix };
}

/** A word that means another model of the kind was chosen by somebody; a strange one may be a misspelt choice of several. */
function isOnlyModel(vocabulary: Vocabulary, kind: Kind, model: unknown): boolean {
  if (model === undefined || model === null || model === '') return true;
  const means = imageModel(model);
  return kind === 'image' && vocabulary === 'wiki' && (means === null || means === USUAL_IMAGE_MODEL.wiki);
}

function countFaults(inputs: GeneratorInputs, vocabulary: Vocabulary): Fault[] {
  const { node } = inputs;
  const count = node.properties['outputCount'];
  const allowed = OUTPUT_COUNTS[vocabulary];
  if (typeof count === 'number' && allowed.includes(count)) return [];
  const is = count === undefined ? 'has no outputCount, which counts as 1' : `its outputCount is ${shown(count)}`;
  const text = `${is}, but it should be ${allowed.join(' or ')}, so that there is something to choose from; set it`;
  const fix = countMend(inputs, allowed);
  const why =
    fix === null && allowed.length === 1 ? ' (what is cached there would be dealt out anew, so look at it first)' : '';
  return [{ rule: 'R2', severity: 'error', text: text + why, fix }];
}

/** One answer where one count is allowed, or all others of the tab agree; none where the results of several rows would shift. */
function countMend({ node, graph, kind, prompts }: GeneratorInputs, allowed: readonly number[]): Mend | null {
  const { tab } = graph;
  const cached = cacheEntries(node, { kind, vocabulary: tab.vocabulary }).length;
  if (cached > 0 && prompts?.length !== 1) return null;
  const others = tab.nodes
    .filter((one) => isGenerator(one) && one !== node)
    .map((one) => one.properties['outputCount']);
  const fitting = allowed.length === 1 ? allowed : [...new Set(others)];
  const [only] = fitting;
  if (fitting.length !== 1 || typeof only !== 'number' || !allowed.includes(only)) return null;
  return mendProperty(tab, node, 'outputCount', only);
}

function moneyFaults(node: FlowNode): Fault[] {
  return MULTIPLIERS.flatMap(([field, usual]): Fault[] => {
    const value = node.properties[field];
    if (value === undefined || value === null || value === usual) return [];
    const text = `its ${field} is ${shown(value)}, which multiplies what is paid in an unknown way; set it to ${shown(usual)}`;
    return [{ rule: 'Money.Multiplier', severity: 'error', text }];
  });
}

function ratioFaults(node: FlowNode, kind: GeneratorInputs['kind']): Fault[] {
  const ratio = node.properties['aspectRatio'];
  const known = kind === 'image' ? IMAGE_RATIOS : VIDEO_RATIOS;
  if (ratio === undefined || ratio === null || ratio === '') return [];
  if (typeof ratio === 'string' && known.includes(ratio)) return [];
  const text = `its aspect ratio is ${shown(ratio)}, which G-Labs does not know and would quietly replace; use one of ${known.join(', ')} (usual: ${DEFAULT_RATIO})`;
  return [{ rule: 'Ratio.Unknown', severity: 'error', text }];
}

function imageFaults({ node, references, graph }: GeneratorInputs, vocabulary: Vocabulary): Fault[] {
  const faults: Fault[] = [];
  const count = references.length;
  if (count > MAX_REFERENCES) {
    const text = `has ${count} reference pictures, but G-Labs takes ${MAX_REFERENCES} and drops the rest; unlink some`;
    faults.push({ rule: 'Reference.TooMany', severity: 'error', text });
  } else if (count > 2 && vocabulary === 'wiki') {
    const text = `has ${count} reference pictures; more than 2 are untried, look closely at what comes out or unlink some`;
    faults.push({ rule: 'Reference.TooMany', severity: 'warning', text });
  }
  const { imageCount, resolution } = node.properties;
  const slots = Math.max(0, node.inputs.length - 1);
  if (typeof imageCount === 'number' && imageCount !== slots) {
    const text = `its imageCount is ${imageCount} but it has ${slots} picture input${slots === 1 ? '' : 's'}; PatchWork may drop one, make them equal`;
    faults.push({
      rule: 'Image.SlotCount',
      severity: 'warning',
      text,
      fix: mendProperty(graph.tab, node, 'imageCount', slots),
    });
  }
  if (typeof resolution === 'string' && resolution !== '' && resolution !== '1K') {
    const text = `asks for the resolution ${shown(resolution)}, but G-Labs makes 1K pictures and is not asked for more; set it to 1K`;
    faults.push({ rule: 'Image.Resolution', severity: 'warning', text });
  }
  return faults;
}
