/** What a run is about: one or two small files whose nodes may begin with the same words, and the edits made to them. */
import type { CompiledFlow, Generator, GeneratorRow, Source } from '../../src/flow/types';
import type { Choices } from './choices';
import type { Disk } from './disk';

/** More than fifty characters: all that the list shows of a prompt. */
const SHARED = 'A naturopath at a sunlit desk, warm light, shallow depth of field, ';

interface NodeShape {
  readonly id: number;
  /** Whether its prompt begins as those of others do. */
  readonly shared: boolean;
  readonly rows: number;
  readonly outputs: number;
  /** The node whose picture it films. */
  readonly still: number | null;
}

/** A file on the machine. Only what a person edits changes. */
export class FlowFile {
  readonly dir: string;
  /** Grows with each edit; an undo takes one back. */
  edition = 0;
  private readonly shapes: readonly NodeShape[];
  /** All its prompts are the same: only the references tell its nodes apart. */
  private readonly oneText: boolean;
  /** Begins the names of its references; two versions of a file have the same ones. */
  private readonly references: string;

  constructor(
    dir: string,
    shapes: readonly NodeShape[],
    words: { readonly oneText: boolean; readonly references: string },
  ) {
    this.dir = dir;
    this.shapes = shapes;
    this.oneText = words.oneText;
    this.references = words.references;
  }

  /** The file as it stands on disk: today's prompts, and the links that passes wrote into it. */
  compiled(disk: Disk): CompiledFlow {
    const generators = this.shapes.map((shape) => this.generator(shape, disk));
    const byKey = new Map(generators.map((one) => [one.key, one]));
    return { document: { name: null, format: null, tabs: [] }, findings: [], generators, byKey };
  }

  private generator(shape: NodeShape, disk: Disk): Generator {
    const { id, still } = shape;
    const kind = still === null ? 'image' : 'video';
    return {
      tab: 0,
      id,
      kind,
      scene: null,
      key: `0:${id}`,
      account: 'A',
      title: `${this.dir} n${id}`,
      vocabulary: 'wiki',
      muted: false,
      outputCount: shape.outputs,
      model: 'model',
      aspectRatio: '9:16',
      resolution: null,
      durationSeconds: null,
      timeoutMs: null,
      rows: Array.from({ length: shape.rows }, (_, i) => this.row(shape, i + 1)),
      dependsOn: still === null ? [] : [`0:${still}`],
      gates: [],
      cachedUrls: disk.read<readonly string[]>(linksPath(this.dir, id)) ?? [],
      otherUrls: [],
      naming: { folder: null, stem: `n${id}` },
    };
  }

  private row({ id, shared, still }: NodeShape, row: number): GeneratorRow {
    const edited = this.edition === 0 ? '' : `, edition ${this.edition}`;
    const own = this.oneText ? '' : `node ${id} row ${row}`;
    const prompt = `${shared ? SHARED : `Scene ${id} begins in a way of its own and goes on for a while, `}${own}${edited}`;
    const references: Source[] = still === null ? [{ kind: 'url', url: `${this.references}-${id}-${row}` }] : [];
    const startFrame: Source | null = still === null ? null : { kind: 'generated', from: `0:${still}`, pick: null };
    return { row, prompt, references, startFrame, endFrame: null };
  }
}

export function linksPath(dir: string, id: number): string {
  return `${dir}/links/${id}`;
}

export function drawFiles(choices: Choices): readonly FlowFile[] {
  const dirs = choices.chance('two files', 0.3) ? ['one', 'two'] : ['one'];
  const oneText = choices.chance('one text for all', 0.3);
  const versions = choices.chance('versions of one file', 0.3);
  return dirs.map((dir) => {
    const nodes = 1 + choices.pick('more nodes', dirs.length === 2 ? 2 : 3);
    const shapes = Array.from({ length: nodes }, (_, i): NodeShape => {
      const still = i === nodes - 1 && i > 0 && choices.chance('clip', 0.3) ? 1 : null;
      return {
        id: i + 1,
        shared: oneText || !choices.chance('words of its own', 0.3),
        rows: still === null ? 1 + choices.pick('more rows', 5, 0.3) : 1,
        outputs: 1 + choices.pick('more candidates', 3),
        still,
      };
    });
    return new FlowFile(dir, shapes, { oneText, references: versions ? 'reference' : `reference of ${dir}` });
  });
}
