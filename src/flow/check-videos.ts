/** Checks that only video nodes have: rules 4 and 5, mode, duration, resolution. */
import type { Fault } from './findings';
import { shown } from './findings';
import type { GeneratorInputs } from './generator-inputs';
import type { Mend } from './fix-edits';
import { addInputs, mendProperty } from './fix-edits';
import { linkInto } from './graph';
import { nodeVideoMode, videoResolution } from './models';
import type { FlowNode, FlowTab } from './types';

const SLOTS: readonly string[] = ['prompt', 'start frame', 'end frame'];

export function checkVideo(inputs: GeneratorInputs): Fault[] {
  const { node, graph } = inputs;
  const { tab } = graph;
  return [
    ...negativePromptFaults(tab, node),
    ...slotFaults(tab, node),
    ...modeFaults(inputs),
    ...outputFaults(tab, node),
  ];
}

function negativePromptFaults(tab: FlowTab, node: FlowNode): Fault[] {
  const value = node.properties['negativePrompt'];
  if (value !== undefined && value !== null && typeof value !== 'string') {
    const text = `its negativePrompt is ${shown(value)}, and PatchWork can open the file only with text there; type it as text`;
    return [{ rule: 'R4', severity: 'error', text }];
  }
  if (typeof value !== 'string') {
    const text = 'has no negativePrompt, and PatchWork can\'t open the file without (empty is fine); set it to ""';
    return [{ rule: 'R4', severity: 'error', text, fix: mendProperty(tab, node, 'negativePrompt', '') }];
  }
  if (value.trim() === '') return [];
  const text = 'its negative prompt is not sent, because G-Labs has no field for it; say it in the prompt instead';
  return [{ rule: 'Video.NegativePrompt', severity: 'note', text }];
}

function slotFaults(tab: FlowTab, node: FlowNode): Fault[] {
  const names = node.inputs.map((input) => input.name);
  if (names.length !== SLOTS.length) {
    const mendable = names.length < SLOTS.length && names.every((name, index) => name === SLOTS[index]);
    const missing = SLOTS.slice(names.length);
    const list = missing.map((name) => `"${name}"`).join(' and ');
    const fix = { text: `adds the input ${list}`, changes: () => addInputs(tab, node, missing) };
    const text = `has ${names.length} inputs, but PatchWork can open it only with exactly 3 (${SLOTS.join(', ')}); add or remove inputs`;
    return [{ rule: 'R5', severity: 'error', text, fix: mendable ? fix : null }];
  }
  // Slots go by position; names that say the opposite would put the last picture first.
  if (!/end/i.test(names[1] ?? '') && !/start/i.test(names[2] ?? '')) return [];
  const text = `its inputs are in the order ${names.join(', ')}, but it must be ${SLOTS.join(', ')}; put them in that order`;
  return [{ rule: 'R5', severity: 'error', text }];
}

function modeFaults({ graph, node }: GeneratorInputs): Fault[] {
  const mode = node.properties['mode'];
  const meaning = nodeVideoMode(mode);
  if (meaning === null) {
    const text = `its mode is ${shown(mode)}, which nbflow can't ask G-Labs for, and an unknown mode ignores the pictures; use frames-to-video or text-to-video`;
    return [{ rule: 'Video.Mode', severity: 'error', text }];
  }
  if (meaning === 'frames' || (!linkInto(graph, node, 1) && !linkInto(graph, node, 2))) return [];
  const text =
    'makes a video from text alone, so the frames linked to it are not used; set its mode to frames-to-video to use them';
  return [{ rule: 'Frame.Unused', severity: 'warning', text }];
}

function outputFaults(tab: FlowTab, node: FlowNode): Fault[] {
  const { durationSeconds: duration, resolution } = node.properties;
  const faults: Fault[] = [];
  const warn = (rule: string, text: string, fix: Mend | null = null): number =>
    faults.push({ rule, severity: 'warning', text, fix });
  if (typeof duration === 'number') {
    warn(
      'Video.Duration',
      `its durationSeconds is a number; PatchWork wants text, "${duration}"`,
      mendProperty(tab, node, 'durationSeconds', `${duration}`, `sets its durationSeconds to the text "${duration}"`),
    );
  }
  if (duration !== undefined && duration !== null && duration !== '' && duration !== '8' && duration !== 8) {
    warn(
      'Video.Duration',
      `asks for ${shown(duration)} seconds, but only newer G-Labs can make other lengths than 8; check the clip's length`,
    );
  }
  if (resolution !== undefined && resolution !== null && resolution !== '' && videoResolution(resolution) === null) {
    warn(
      'Video.Resolution',
      `its resolution is ${shown(resolution)}, which G-Labs does not know, so 720p is made; use 720p, 1080p or 4k`,
    );
  }
  return faults;
}
