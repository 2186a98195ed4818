/**
 * A project as a runner of before leaves it: links in the cache fields and galleries of the file, the first of each node as
 * `scene03.png` in Assets, and nothing on record.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { renderPlainFilm } from '../../src/simulator/films';
import { renderPlainPicture } from '../../src/simulator/pictures';
import type { TestProject } from './project';
import type { TestStore } from './store';

type Kind = 'image' | 'video';

/** One candidate that a file asks for. */
export interface OldPlace {
  readonly kind: Kind;
  readonly account: string;
  /** `03`; null where the title names none. */
  readonly scene: string | null;
  readonly title: string;
  /** From 0, through all rows. */
  readonly index: number;
}

export interface OldResult extends OldPlace {
  readonly url: string;
}

export type CacheField = '_savedImages' | '_savedClips' | '_savedVideos';

/** What one node lists, of what was made for it; `own` is the field that the node has. */
export type Listing = (
  urls: readonly string[],
  own: CacheField,
  node: Pick<OldPlace, 'kind' | 'scene'>,
) => Partial<Record<CacheField, readonly unknown[]>>;

interface OldNode {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly properties: Record<string, unknown>;
}
export interface OldFlow {
  readonly name: string;
  readonly tabs: readonly {
    readonly name: string;
    readonly graphData: { readonly nodes: readonly OldNode[]; readonly links: readonly (readonly unknown[])[] };
  }[];
}

/** Dialogue rows of the one node in the fixtures that has several. */
const ROWS: Readonly<Record<string, number>> = { 'Veo: Talking head — all dialogue rows': 4 };
const KINDS: Readonly<Record<string, Kind>> = { 'nanobanana/NanobananaAPI': 'image', 'nanobanana/Veo3': 'video' };

export const flowOf = (text: string): OldFlow => JSON.parse(text) as OldFlow;

/** Every candidate that a fixture asks for, read off the file itself. */
export function placesOf(flow: OldFlow): readonly OldPlace[] {
  return generatorsOf(flow).flatMap(({ places }) => places);
}

interface OldGenerator {
  readonly node: OldNode;
  readonly kind: Kind;
  readonly places: readonly OldPlace[];
  /** What stands behind it and shows its results. */
  readonly gates: readonly OldNode[];
}

function generatorsOf({ tabs }: OldFlow): readonly OldGenerator[] {
  return tabs.flatMap(({ name, graphData: { nodes, links } }) =>
    nodes.flatMap((node): OldGenerator[] => {
      const kind = KINDS[node.type];
      if (!kind) return [];
      const { title, properties } = node;
      const scene = /Scene (\d+)/.exec(title)?.[1] ?? null;
      const count = Number(properties['outputCount']) * (ROWS[title] ?? 1);
      const behind = new Set(links.flatMap(([, from, , to]) => (from === node.id ? [to] : [])));
      const gates = nodes.filter(({ id, type }) => behind.has(id) && KINDS[type] === undefined);
      const places = Array.from({ length: count }, (_, index) => ({ kind, account: name, scene, title, index }));
      return [{ node, kind, places, gates }];
    }),
  );
}

export interface OldProject {
  readonly results: readonly OldResult[];
  /** Of what the file asks for and nobody made. */
  readonly missing: readonly OldPlace[];
}

/** Makes what `isMade` chooses, uploads it and writes it into the file, which keeps its form. */
export async function leaveByOldRunner(
  project: TestProject,
  store: TestStore,
  { isMade, list = listed }: { readonly isMade: (place: OldPlace) => boolean; readonly list?: Listing },
): Promise<OldProject> {
  const flow = flowOf(project.original);
  const results: OldResult[] = [];
  for (const { node, kind, places, gates } of generatorsOf(flow)) {
    const made = await Promise.all(
      places.filter(isMade).map(async (place): Promise<OldResult> => {
        const bytes = media(place, project.workflowId);
        const name = `${createHash('sha256').update(bytes).digest('hex').slice(0, 20)}.${ending(kind)}`;
        return { ...place, url: await store.put(`older/${basename(project.folder)}/${name}`, bytes) };
      }),
    );
    const [first] = made;
    if (!first) continue;
    results.push(...made);
    const urls = made.map(({ url }) => url);
    Object.assign(node.properties, list(urls, fieldOf(node, kind), first));
    const gallery = kind === 'image' ? '_savedApprovalImages' : '_savedApprovalVideos';
    for (const { properties } of gates) properties[gallery] = urls;
    if (first.scene !== null && flow.tabs.length === 1) leavePicked(project, first);
  }
  const indent = project.original.includes('\n') ? 2 : 0;
  project.write(JSON.stringify(flow, null, indent) + (project.original.endsWith('\n') ? '\n' : ''));
  const has = new Set(results.map(nameOf));
  return { results, missing: placesOf(flow).filter((place) => !has.has(nameOf(place))) };
}

const listed: Listing = (urls, own) => ({ [own]: urls });

function fieldOf({ properties }: OldNode, kind: Kind): CacheField {
  if (kind === 'image') return '_savedImages';
  return '_savedClips' in properties ? '_savedClips' : '_savedVideos';
}

function leavePicked({ layout }: TestProject, place: OldPlace): void {
  const folder = place.kind === 'image' ? 'generated-images' : 'generated-videos';
  const name = `scene${place.scene}.${ending(place.kind)}`;
  const path = join(layout.baseDir, 'Assets', layout.code, folder, layout.folderVersion, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, media(place, layout.workflowId));
}

/** Bytes that no other place of no other test has. */
function media(place: OldPlace, unique: string): Buffer {
  const badge = `${unique} ${nameOf(place)}`;
  const caption = { prompt: '', badge, label: '', colours: createHash('sha256').update(badge).digest() };
  if (place.kind === 'image') return renderPlainPicture('9:16', caption);
  return renderPlainFilm({ aspectRatio: '9:16', seconds: 8, start: null, end: null, caption, comment: badge });
}

const ending = (kind: Kind): string => (kind === 'image' ? 'png' : 'mp4');
const nameOf = ({ account, title, index }: OldPlace): string => `${account} ${title} ${index}`;
