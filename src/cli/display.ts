/** Live progress: on a terminal one line per scene that changes in place, elsewhere a plain line per change. */
import type { NodeProgress, PassProgress, PassResult, ProgressNode } from '../workflows/messages';
import { waitingSince } from '../flow/gates';
import { clock, plural } from './output';
import { sceneRows } from './scene-rows';
import { nodeWord } from './node-word';
import { wrapLine } from './wrap';

export interface Display {
  show(progress: PassProgress, running: ReadonlyMap<string, NodeProgress>): void;
  end(result: PassResult): void;
  close(): void;
}

export function createDisplay(stream: NodeJS.WriteStream): Display {
  return isLive(stream) ? new LiveDisplay(stream) : new PlainDisplay(stream);
}

/** NBFLOW_PROGRESS=live|plain decides where the stream can't: a program that relays our lines to its own terminal. */
function isLive(stream: NodeJS.WriteStream): boolean {
  const asked = process.env['NBFLOW_PROGRESS'];
  if (asked === 'live' || asked === 'plain') return asked === 'live';
  return stream.isTTY && process.env['TERM'] !== 'dumb';
}

/** Redraws a block of lines in place. Rows that do not fit on the screen are summed up. */
class LiveDisplay implements Display {
  private drawn = 0;
  private last: { progress: PassProgress; running: ReadonlyMap<string, NodeProgress> } | null = null;
  private readonly stream: NodeJS.WriteStream;
  private readonly timer: NodeJS.Timeout;

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
    this.timer = setInterval(() => this.draw(), 200);
  }

  show(progress: PassProgress, running: ReadonlyMap<string, NodeProgress>): void {
    this.last = { progress, running };
    this.draw();
  }

  end(result: PassResult): void {
    if (!this.last) return;
    const nodes = this.last.progress.nodes.map((node) => {
      const outcome = result.outcomes[node.key];
      return outcome ? { ...node, state: outcome.state, reason: outcome.reason } : node;
    });
    this.last = {
      progress: { ...this.last.progress, state: 'ended', waitingFor: null, nodes, totals: result.totals },
      running: new Map(),
    };
    this.draw();
  }

  close(): void {
    clearInterval(this.timer);
  }

  private draw(): void {
    if (!this.last) return;
    const width = this.stream.columns || Number(process.env['COLUMNS']) || 80;
    const { progress, running } = this.last;
    const screenRows = this.stream.rows || Number(process.env['LINES']) || 24;
    // Whole, although it may take some lines: it ends with what to do.
    const waits = waitingLine(progress)?.split('\n') ?? [];
    const told = waits.flatMap((line) => wrapLine(line, width - 3, '  ')).map((line) => `  ${line}`);
    const [head = '', ...rows] = liveLines(progress, running, screenRows - told.length);
    const lines = [head, ...told, ...rows];
    const cut = lines.map((line) => (line.length >= width ? `${line.slice(0, width - 2)}…` : line));
    const up = this.drawn > 0 ? `\x1b[${this.drawn}A` : '';
    const extra = Math.max(0, this.drawn - cut.length);
    this.stream.write(
      `${up}${cut.map((line) => `\x1b[2K${line}\n`).join('')}${'\x1b[2K\n'.repeat(extra)}${extra > 0 ? `\x1b[${extra}A` : ''}`,
    );
    this.drawn = cut.length;
  }
}

export function liveLines(
  progress: PassProgress,
  running: ReadonlyMap<string, NodeProgress>,
  screenRows: number,
): string[] {
  const rows = sceneRows(nodesNow(progress, running), running);
  const room = Math.max(3, screenRows - 4);
  const urgent = (row: (typeof rows)[number]): boolean => row.active || row.failed;
  const shown =
    rows.length <= room ? rows : [...rows.filter(urgent), ...rows.filter((row) => !urgent(row))].slice(0, room - 1);
  const hidden = rows.length - shown.length;
  return [
    headLine(progress, running),
    ...shown.map(({ text }) => text),
    ...(hidden > 0 ? [`  …and ${hidden} more`] : []),
  ];
}

/** At a closed gate nothing is at work that does not say so. */
function nodesNow({ nodes, waits }: PassProgress, running: ReadonlyMap<string, NodeProgress>): readonly ProgressNode[] {
  if (!waits?.length) return nodes;
  return nodes.map((node) =>
    node.state === 'running' && !running.has(node.key) ? { ...node, state: 'waiting' } : node,
  );
}

/** Paid so far: what finished nodes add up to, and what the running ones tell. */
export function paidSoFar(progress: PassProgress, running: ReadonlyMap<string, NodeProgress>): number {
  const live = progress.nodes
    .filter((node) => node.state === 'running')
    .reduce((sum, node) => sum + Math.max(node.paid, running.get(node.key)?.paid ?? 0), 0);
  return progress.totals.generations.paid + live;
}

function headLine(progress: PassProgress, running: ReadonlyMap<string, NodeProgress>): string {
  const name = `${progress.code ?? ''} ${progress.fileVersion ?? ''}`.trim();
  const elapsed = clock(Date.now() - Date.parse(progress.startedAt));
  const paid = plural(paidSoFar(progress, running), 'generation');
  return `${name}  ${elapsed}  ${paid} paid`;
}

/** `waiting for G-Labs since 14:03: connection refused at …`; null while the pass is at work. */
export function waitingLine({ waits, waitingFor, since }: PassProgress): string | null {
  // An older worker tells no waits, and a retry between two attempts is none.
  if (waits && waits.length > 0) return waits.map((wait) => waitingSince(wait, timeOfDay)).join('\n');
  return waitingFor ? `waiting since ${timeOfDay(since)}: ${waitingFor}` : null;
}

export function timeOfDay(iso: string): string {
  return new Date(iso).toLocaleTimeString('en-GB', { hour12: false });
}

/** For pipes, logs and chats: each change once, nothing else. */
class PlainDisplay implements Display {
  private readonly said = new Map<string, string>();
  private readonly stream: NodeJS.WriteStream;
  private waiting: string | null = null;

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
  }

  show(progress: PassProgress, running: ReadonlyMap<string, NodeProgress>): void {
    const waiting = waitingLine(progress);
    if (waiting !== this.waiting) {
      this.waiting = waiting;
      this.stream.write(waiting ? `${waiting}\n` : 'going on\n');
    }
    for (const node of progress.nodes) this.say(node, node.state === 'running' ? running.get(node.key) : undefined);
  }

  end(result: PassResult): void {
    for (const [key, outcome] of Object.entries(result.outcomes)) {
      const label = this.labels.get(key);
      if (label) this.say({ ...label, state: outcome.state, reason: outcome.reason });
    }
  }

  close(): void {
    this.said.clear();
  }

  private readonly labels = new Map<string, ProgressNode>();

  private say(node: ProgressNode, beat?: NodeProgress): void {
    this.labels.set(node.key, node);
    if (node.state === 'waiting') return;
    // Only stages, not every single candidate: a log is read afterwards.
    const word = node.state === 'running' && !beat?.trouble ? 'generating' : nodeWord(node, beat);
    if (this.said.get(node.key) === word) return;
    this.said.set(node.key, word);
    this.stream.write(`${node.label}: ${word}\n`);
  }
}
