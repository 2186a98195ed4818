/** What a node is for, from its type; the one place that knows the aliases of both vocabularies. */
import { modelVocabulary } from './models';
import type { FlowNode, NodeRole, Vocabulary } from './types';

const ROLES: ReadonlyMap<string, NodeRole> = new Map([
  ['Prompt', 'prompt'],
  ['NanobananaAPI', 'image'],
  ['Veo3', 'video'],
  ['Approve', 'gate'],
  ['Approval', 'gate'],
  ['Media', 'media'],
  ['ReferenceImage', 'media'],
]);

const MEDIA_MODES: ReadonlyMap<unknown, NodeRole> = new Map([
  ['approve', 'gate'],
  ['preview', 'preview'],
]);

/** LiteGraph's `mode`: 2 never, 4 bypassed. 0 (always) and the trigger modes run. */
const MUTED_MODES: readonly number[] = [2, 4];

/**
 * The role of a node type, with or without the `nanobanana/` in front. `properties.mode` decides for the unified media
 * node only; the approve types are gates whatever it says.
 */
export function roleOf(type: string, properties: Readonly<Record<string, unknown>>): NodeRole {
  const role = ROLES.get(type.startsWith('nanobanana/') ? type.slice('nanobanana/'.length) : type) ?? 'unknown';
  return role === 'media' ? (MEDIA_MODES.get(properties['mode']) ?? 'media') : role;
}

/** Switched off in the file (D18). */
export function isMuted(mode: number, properties: Readonly<Record<string, unknown>>): boolean {
  return MUTED_MODES.includes(mode) || properties['_disabled'] === true;
}

export function isGenerator(node: FlowNode): boolean {
  return node.role === 'image' || node.role === 'video';
}

/** The vocabulary of a tab: what most of its generators' models say; a tie goes by the file's `format`. */
export function vocabularyOf(nodes: readonly FlowNode[], format: string | null): Vocabulary {
  let balance = 0;
  for (const node of nodes) {
    if (!isGenerator(node)) continue;
    const said = modelVocabulary(node.properties['model']);
    if (said !== null) balance += said === 'github' ? 1 : -1;
  }
  if (balance !== 0) return balance > 0 ? 'github' : 'wiki';
  return format === 'ducted-project' ? 'github' : 'wiki';
}
