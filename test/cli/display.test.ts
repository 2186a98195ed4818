import { createDisplay, liveLines, paidSoFar } from '../../src/cli/display';
import type { Wait } from '../../src/flow/gates';
import type { PassProgress, PassResult, ProgressNode } from '../../src/workflows/messages';

const node = (n: number, state: ProgressNode['state']): ProgressNode => ({
  key: `0:${n}`,
  label: `Node ${n}`,
  account: 'A',
  scene: null,
  kind: 'image',
  candidates: 4,
  state,
  reason: null,
  paid: state === 'done' ? 4 : 0,
});
const progress = (nodes: readonly ProgressNode[], waitingFor: string | null = null): PassProgress =>
  ({
    state: 'running',
    waitingFor,
    since: '2026-05-12T14:30:00.000Z',
    startedAt: '2026-05-12T14:30:00.000Z',
    code: 'XYZG3',
    fileVersion: 'V0-1',
    price: 0,
    nodes,
    totals: { nodes: {}, generations: { paid: 4, adopted: 0, lost: 0, reused: 0 } },
    output: null,
  }) as unknown as PassProgress;
const beat = (key: string, paid: number) => ({ key, stage: 'generating', done: 0, candidates: 4, paid }) as const;

test('what is paid adds up finished nodes and what the running ones tell, each once', () => {
  const running = new Map([
    ['0:1', beat('0:1', 4)],
    ['0:2', beat('0:2', 3)],
  ]);
  expect(paidSoFar(progress([node(1, 'done'), node(2, 'running')]), running)).toBe(7);
});

test('on a small screen what runs or failed is shown first', () => {
  const nodes = [...Array.from({ length: 20 }, (_, n) => node(n, 'done')), node(98, 'failed'), node(99, 'running')];
  const lines = liveLines(progress(nodes), new Map(), 10);
  expect(lines.length).toBeLessThanOrEqual(10);
  expect(lines[1]).toContain('Node 98');
  expect(lines[2]).toContain('Node 99');
  expect(lines.at(-1)).toMatch(/and 17 more/);
});

test('what a pass waits for is shown whole on a narrow screen, down to what to do, and is drawn over when it is past', () => {
  let screen: string[] = [];
  const write = (text: string): void => {
    const up = Number(/^\x1b\[(\d+)A/.exec(text)?.[1] ?? 0);
    screen = [
      ...screen.slice(0, screen.length - up),
      ...text
        .replaceAll(/\x1b\[\d+[A-Z]/g, '')
        .split('\n')
        .slice(0, -1),
    ];
  };
  const display = createDisplay({ isTTY: true, columns: 50, rows: 24, write } as unknown as NodeJS.WriteStream);
  const wait = (what: string, detail: string, hint: string): Wait => ({
    gate: 'backend',
    what,
    since: '2026-05-12T14:30:00.000Z',
    detail,
    hint,
  });
  const waits = [
    wait(
      'G-Labs',
      'connection refused at http://localhost:8765 (checked every 5 s)',
      'Start G-Labs, or: nbflow server <new URL>',
    ),
    wait('you', 'the pass is paused', 'Go on: nbflow resume'),
  ];
  const waiting = { ...progress([node(1, 'running'), node(2, 'done')]), waits };
  display.show(waiting, new Map());
  expect(Math.max(...screen.map((line) => line.length))).toBeLessThan(50);
  expect(screen.join(' ').replaceAll(/ +/g, ' ')).toMatch(
    /4 generations paid waiting for G-Labs since .*nbflow server <new URL> waiting for you .*nbflow resume Node 1 image waiting Node 2 image done$/,
  );
  display.show({ ...waiting, waits: [] }, new Map());
  display.close();
  expect(screen.filter((line) => line.trim())).toEqual([
    expect.stringMatching(/^XYZG3 V0-1 .* 4 generations paid$/),
    expect.stringContaining('Node 1  image starting'),
    expect.stringContaining('Node 2  image done'),
  ]);
});

test('in a log every change is a line, said once', () => {
  const said: string[] = [];
  const display = createDisplay({
    isTTY: false,
    write: (line: string) => said.push(line),
  } as unknown as NodeJS.WriteStream);
  display.show(progress([node(1, 'running')]), new Map());
  display.show(progress([node(1, 'running')]), new Map([['0:1', beat('0:1', 1)]]));
  display.show(progress([node(1, 'running')], 'G-Labs'), new Map());
  display.show(progress([node(1, 'running')]), new Map());
  display.end({ outcomes: { '0:1': { state: 'done', reason: null } } } as unknown as PassResult);
  display.close();
  expect(said.map((line) => line.trim())).toEqual([
    'Node 1: generating',
    expect.stringMatching(/^waiting since .*G-Labs$/),
    'going on',
    'Node 1: done',
  ]);
});
