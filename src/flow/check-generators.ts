/** Checks of a generator's own settings: rules 1, 2, 4, 5, what would multiply money (D8), ratios and counts (D24, D26). */
import type { Fault } from './findings';
import { shown } from './findings';
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
import type { FlowNode, Vocabulary } from './types';

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
    ...modelFaults(node, kind, vocabulary),
    ...countFaults(node, vocabulary),
    ...moneyFaults(node),
    ...ratioFaults(node, kind),
    ...own,
  ];
}

function modelFaults(node: FlowNode, kind: GeneratorInputs['kind'], vocabulary: Vocabulary): Fault[] {
  const { model, veoModel } = node.properties;
  if (kind === 'image') {
    const right = vocabulary === 'wiki' ? model === USUAL_IMAGE_MODEL.wiki : imageModel(model) !== null;
    return right
      ? []
      : [modelFault(node, USUAL_IMAGE_MODEL[vocabulary], 'G-Labs would quietly use an older, worse model')];
  }
  if (videoModel(model, veoModel) === null) {
    if (videoModel(USUAL_VIDEO_MODEL[vocabulary], veoModel) === null) {
      const text = `its veoModel is ${shown(veoModel)}, which G-Labs does not know and would quietly replace; use fast, lite, quality or relax`;
      return [{ rule: 'R1', severity: 'error', text }];
    }
    return [modelFault(node, USUAL_VIDEO_MODEL[vocabulary], 'G-Labs would quietly use its default model')];
  }
  if (typeof model === 'string' && model !== '') return [];
  const text = `has no model; its veoModel ${shown(veoModel)} decides, set its model to ${USUAL_VIDEO_MODEL[vocabulary]}`;
  return [{ rule: 'R1', severity: 'warning', text, fix: `sets its model to ${USUAL_VIDEO_MODEL[vocabulary]}` }];
}

function modelFault(node: FlowNode, usual: string, danger: string): Fault {
  const model = node.properties['model'];
  const is = model === undefined ? 'has no model' : `its model is ${shown(model)}`;
  const text = `${is}, but it should be ${usual}: ${danger}; set it`;
  return { rule: 'R1', severity: 'error', text, fix: `sets its model to ${usual}` };
}

function countFaults(node: FlowNode, vocabulary: Vocabulary): Fault[] {
  const count = node.properties['outputCount'];
  const allowed = OUTPUT_COUNTS[vocabulary];
  if (typeof count === 'number' && allowed.includes(count)) return [];
  const is = count === undefined ? 'has no outputCount, which counts as 1' : `its outputCount is ${shown(count)}`;
  const text = `${is}, but it should be ${allowed.join(' or ')}, so that there is something to choose from; set it`;
  return [{ rule: 'R2', severity: 'error', text, fix: 'sets its outputCount to 4' }];
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

function imageFaults({ node, references }: GeneratorInputs, vocabulary: Vocabulary): Fault[] {
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
    faults.push({ rule: 'Image.SlotCount', severity: 'warning', text, fix: `sets its imageCount to ${slots}` });
  }
  if (typeof resolution === 'string' && resolution !== '' && resolution !== '1K') {
    const text = `asks for the resolution ${shown(resolution)}, but G-Labs makes 1K pictures and is not asked for more; set it to 1K`;
    faults.push({ rule: 'Image.Resolution', severity: 'warning', text });
  }
  return faults;
}
