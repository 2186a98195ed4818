/** Builders of compiled flows, receipts and evidence, so that tests name only what they are about. */
import { fingerprintRow } from '../../src/flow/fingerprint';
import type { Evidence, PlanOptions } from '../../src/flow/plan-types';
import type { Generation, Receipt } from '../../src/flow/receipt';
import { promptPrefix } from '../../src/flow/request';
import type {
  CompiledFlow,
  FlowNode,
  FlowTab,
  Generator,
  GeneratorRow,
  NodeRef,
  Pick as GatePick,
  Source,
} from '../../src/flow/types';

export const NO_HASHES: ReadonlyMap<string, string> = new Map();

export function url(value: string): Source {
  return { kind: 'url', url: value };
}

export function generated(from: Generator, pick: GatePick | null = null): Source & { kind: 'generated' } {
  return { kind: 'generated', from: from.key, pick };
}

export function pickOf(value: string, gate: NodeRef = { tab: 0, id: 900 }): GatePick {
  return { gate, index: 0, url: value };
}

export function row(prompt: string, overrides: Partial<GeneratorRow> = {}): GeneratorRow {
  return { row: 1, prompt, references: [], startFrame: null, endFrame: null, ...overrides };
}

/** An image generator with four candidates and one row, unless told otherwise. */
export function generator(overrides: Partial<Generator> = {}): Generator {
  const { tab = 0, id = 5, kind = 'image', scene = '01' } = overrides;
  const stem = scene === null ? `node-${id}` : `scene${scene}`;
  return {
    tab,
    id,
    kind,
    scene,
    key: `${tab}:${id}`,
    account: 'Account A',
    title: `Scene ${scene ?? 'x'} — ${kind} gen`,
    vocabulary: 'wiki',
    muted: false,
    outputCount: 4,
    model: kind === 'image' ? 'nano_banana_2' : 'veo_31_fast',
    aspectRatio: '9:16',
    resolution: kind === 'image' ? '1K' : '720p',
    durationSeconds: kind === 'image' ? null : '8',
    timeoutMs: null,
    rows: [row(`${kind} ${tab}:${id}, a sunlit kitchen`)],
    dependsOn: [],
    gates: [],
    cachedUrls: [],
    otherUrls: [],
    naming: { folder: null, stem },
    ...overrides,
  };
}

/** A clip made from one still. */
export function clipOf(still: Generator, overrides: Partial<Generator> = {}, pick: GatePick | null = null): Generator {
  const { tab } = still;
  return generator({
    tab,
    id: still.id + 4,
    kind: 'video',
    scene: still.scene,
    account: still.account,
    dependsOn: [still.key],
    rows: [row(`clip of ${still.key}`, { startFrame: generated(still, pick) })],
    ...overrides,
  });
}

/** A document around the generators; `properties` by `tab:id` are what a node has in the file. */
export function compiledOf(
  generators: readonly Generator[],
  properties: Readonly<Record<string, Record<string, unknown>>> = {},
): CompiledFlow {
  const count = Math.max(0, ...generators.map(({ tab }) => tab + 1));
  const tabs = Array.from({ length: count }, (_, index): FlowTab => {
    const own = generators.filter(({ tab }) => tab === index);
    const gates = own.flatMap((one) => one.gates);
    const nodes = [
      ...own.map((one) => nodeOf(one.id, one.kind, one.title)),
      ...gates.map((gate) => nodeOf(gate.id, 'gate' as const, 'Approve')),
    ];
    return {
      index,
      name: own[0]?.account ?? '',
      vocabulary: own[0]?.vocabulary ?? 'wiki',
      nodes: nodes.map((node, place) => ({
        ...node,
        index: place,
        properties: properties[`${index}:${node.id}`] ?? {},
      })),
      links: [],
      counters: {},
      hasNodeGroups: false,
    };
  });
  const byKey = new Map(generators.map((one) => [one.key, one]));
  return { document: { name: null, format: null, tabs }, findings: [], generators, byKey };
}

function nodeOf(id: number, role: FlowNode['role'], title: string): FlowNode {
  const slots = { inputs: [], outputs: [], ownInputs: true, ownOutputs: true };
  return { id, type: 'test', title, role, muted: false, index: 0, properties: {}, ...slots };
}

/** A finished, cached generation of today's inputs, unless told otherwise. */
export function entry(of: Generator, overrides: Partial<Generation> = {}): Generation {
  const { row: wanted = 1, candidate = 1 } = overrides;
  const source = of.rows.find((one) => one.row === wanted) ?? row('');
  const name = `${of.tab}-${of.id}-r${wanted}-c${candidate}`;
  return {
    row: wanted,
    candidate,
    fingerprint: fingerprintRow(of, source, NO_HASHES),
    state: 'cached',
    origin: 'generated',
    superseded: false,
    intentAt: '2026-05-12T14:30:00.000Z',
    server: 'http://127.0.0.1:8765',
    skewMs: 0,
    promptPrefix: promptPrefix(source.prompt),
    taskId: 'a1b2c3d4',
    submittedAt: '2026-05-12T14:30:01.000Z',
    adopted: false,
    resultUrl: null,
    file: `generated/${name}.png`,
    sha256: `sha-${name}`,
    bytes: 1000,
    mediaType: 'image/png',
    url: `https://r2.example.test/${name}.png`,
    references: [],
    stills: [],
    error: null,
    seen: null,
    decision: null,
    pass: 'pass-1',
    attempt: 1,
    updatedAt: '2026-05-12T14:31:00.000Z',
    ...overrides,
  };
}

export function receiptOf(of: Generator, generations: readonly Generation[], key = `n${of.id}`): Receipt {
  const { id, tab, account, title, kind, scene, naming } = of;
  return { version: 1, key, node: { id, tab, account, title, kind, scene }, naming, generations };
}

/** Entries for every row and candidate of a generator. */
export function fullReceipt(of: Generator, overrides: Partial<Generation> = {}): Receipt {
  return receiptOf(
    of,
    of.rows.flatMap((one) =>
      Array.from({ length: of.outputCount }, (_, i) => entry(of, { row: one.row, candidate: i + 1, ...overrides })),
    ),
  );
}

export function urlsOf(receipt: Receipt): readonly string[] {
  return receipt.generations.flatMap((one) => (one.url === null ? [] : [one.url]));
}

export function evidenceOf(
  receipts: Readonly<Record<string, Receipt>> = {},
  overrides: Partial<Evidence> = {},
): Evidence {
  return {
    receipts: new Map(Object.entries(receipts)),
    deadUrls: new Set(),
    hashes: NO_HASHES,
    missingFiles: new Set(),
    ...overrides,
  };
}

export function optionsOf(overrides: Partial<PlanOptions> = {}): PlanOptions {
  return {
    mode: 'full',
    scenes: [],
    accounts: [],
    nodes: [],
    rows: [],
    noCache: false,
    pass: null,
    refreshStale: false,
    onLost: 'regenerate',
    prices: { image: 1, video: 10 },
    ...overrides,
  };
}
