/**
 * The words of the domain. Everything here is plain, immutable data; nothing imports Temporal, Node or a clock.
 * A node is addressed by its tab's 0-based index and its id, because ids repeat across tabs in one vocabulary.
 */

export type Kind = 'image' | 'video';
/** `wiki`: nano_banana_2, `_savedClips`. `github`: Gemini model strings, `_savedVideos`. Decided per tab. */
export type Vocabulary = 'wiki' | 'github';
export type NodeRole = 'prompt' | 'media' | 'gate' | 'preview' | 'image' | 'video' | 'unknown';

export interface NodeRef {
  readonly tab: number;
  readonly id: number;
}

export interface InputSlot {
  readonly name: string;
  readonly type: string;
  readonly link: number | null;
}

export interface OutputSlot {
  readonly name: string;
  readonly type: string;
  readonly links: readonly number[];
}

export interface FlowNode {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly role: NodeRole;
  /** LiteGraph `mode` 2 or 4, or `_disabled` (D18). */
  readonly muted: boolean;
  /** Position in `graphData.nodes`, for paths into the file. */
  readonly index: number;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly inputs: readonly InputSlot[];
  readonly outputs: readonly OutputSlot[];
  /** False where the file has no such list; the slots are read off the links then. */
  readonly ownInputs: boolean;
  readonly ownOutputs: boolean;
}

export interface Link {
  readonly id: number;
  readonly from: number;
  readonly fromSlot: number;
  readonly to: number;
  readonly toSlot: number;
  readonly type: string;
  /** Written as an object with named fields, not as a list of six. */
  readonly asObject?: true;
}

export interface FlowTab {
  readonly index: number;
  readonly name: string;
  readonly vocabulary: Vocabulary;
  readonly nodes: readonly FlowNode[];
  /** In the order of the file, every one of it. */
  readonly links: readonly Link[];
  /** The highest ids given so far, where the file notes them. */
  readonly counters: Readonly<Partial<Record<'last_node_id' | 'last_link_id', number>>>;
  /** Groups name nodes in a way that we do not read. */
  readonly hasNodeGroups: boolean;
}

export interface FlowDocument {
  readonly name: string | null;
  readonly format: string | null;
  readonly tabs: readonly FlowTab[];
}

/** A picked gallery entry: the URL the user's index points at in a non-empty approval list (D14). */
export interface Pick {
  readonly gate: NodeRef;
  readonly index: number;
  readonly url: string;
}

/** Where a reference or a frame comes from. `from` is a generator's key (`tab:id`). */
export type Source =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'local'; readonly path: string; readonly node: NodeRef }
  | { readonly kind: 'generated'; readonly from: string; readonly pick: Pick | null };

export interface GeneratorRow {
  /** Counts from 1. */
  readonly row: number;
  readonly prompt: string;
  /** Image nodes only; slot order. */
  readonly references: readonly Source[];
  /** Video nodes only. */
  readonly startFrame: Source | null;
  readonly endFrame: Source | null;
}

/** How a generator's files are called; fixed in the receipt once a generation exists (D27, D28). */
export interface Naming {
  /** Folder of the tab, null when only one tab has generators. */
  readonly folder: string | null;
  /** `scene03`, `naturopath-at-desk`, `scene03-n17`. */
  readonly stem: string;
}

/** A generator node, ready to be planned. */
export interface Generator {
  /** `${tab}:${id}`. */
  readonly key: string;
  readonly tab: number;
  readonly id: number;
  /** The tab's name as written in the file. */
  readonly account: string;
  readonly title: string;
  readonly kind: Kind;
  readonly vocabulary: Vocabulary;
  /** `03`, `09a`, or null. */
  readonly scene: string | null;
  readonly muted: boolean;
  /** Candidates per row. */
  readonly outputCount: number;
  /** Backend words (`nano_banana_2`, `veo_31_fast`…), see request.ts. */
  readonly model: string;
  readonly aspectRatio: string;
  readonly resolution: string | null;
  readonly durationSeconds: string | null;
  /** The node's own `timeout`, milliseconds. */
  readonly timeoutMs: number | null;
  readonly rows: readonly GeneratorRow[];
  /** Keys of the generators whose output this one needs. */
  readonly dependsOn: readonly string[];
  /** Approve nodes fed directly by this generator. */
  readonly gates: readonly NodeRef[];
  /** URLs in the node's own cache fields, row-major, holes impossible (D13). */
  readonly cachedUrls: readonly string[];
  /** What another cache field of the node lists, by place; used where the one that counts has nothing that answers. */
  readonly otherUrls: readonly (string | null)[];
  readonly naming: Naming;
}

export type Severity = 'error' | 'warning' | 'note';

export interface Finding {
  /** `R1`…`R9` for the nine sanity rules, a dotted name for ours (`Graph.Cycle`). */
  readonly rule: string;
  readonly severity: Severity;
  /** 0-based, null when the finding is about the file. */
  readonly tab: number | null;
  readonly account: string | null;
  readonly node: number | null;
  readonly title: string | null;
  /** What is wrong and what to do, in words for a non-engineer. */
  readonly message: string;
  /** What `check --fix` would do, null when a person must decide. */
  readonly fix: string | null;
}

/** A parsed file with everything derived from it alone. */
export interface CompiledFlow {
  readonly document: FlowDocument;
  readonly findings: readonly Finding[];
  /** In an order in which every generator comes after those it depends on. */
  readonly generators: readonly Generator[];
  readonly byKey: ReadonlyMap<string, Generator>;
}
