import type { TunnelProcess } from '../../src/services/cloudflared';
import type { Look, TunnelEvent } from '../../src/services/tunnel';
import { keepTunnel, tunnelPause } from '../../src/services/tunnel';

const TARGET = 'http://localhost:8765';
const FINE: Look = { answers: true };
const SILENT: Look = { answers: false, reason: 'not found', gone: false };
const GONE: Look = { answers: false, reason: '530', gone: true };

interface FakeProcess extends TunnelProcess {
  tellUrl(url: string): void;
  die(words: string): void;
  readonly stops: number;
}

function fakeProcess(pid: number): FakeProcess {
  let tellUrl: (url: string) => void = () => undefined;
  let die: (words: string) => void = () => undefined;
  let stops = 0;
  const url = new Promise<string>((resolve) => (tellUrl = resolve));
  const ended = new Promise<string>((resolve) => (die = resolve));
  const stop = (): Promise<void> => {
    stops += 1;
    die('stopped');
    return Promise.resolve();
  };
  return {
    pid,
    url,
    ended,
    stop,
    kill: () => die('killed'),
    tellUrl,
    die,
    get stops() {
      return stops;
    },
  };
}

/** A world whose time passes only in sleeps, which end at once; what happens when is a script of looks and deaths. */
class World {
  time = 0;
  readonly events: TunnelEvent[] = [];
  readonly announced: (readonly string[])[] = [];
  readonly processes: FakeProcess[] = [];
  readonly slept: number[] = [];
  readonly stop = new AbortController();
  /** Called at each start. */
  onLaunch: (process: FakeProcess) => void = (process) => process.tellUrl(`https://t${process.pid}.test`);
  /** Called at each look. */
  onLook: (url: string, count: number) => Look = () => FINE;
  onAnnounce: () => void = () => undefined;
  private looks = 0;

  run(): Promise<void> {
    return keepTunnel(
      TARGET,
      {
        launch: () => {
          const process = fakeProcess(this.processes.length + 1);
          this.processes.push(process);
          this.onLaunch(process);
          return process;
        },
        look: (url) => Promise.resolve(this.onLook(url, ++this.looks)),
        announce: (servers) => {
          this.onAnnounce();
          this.announced.push(servers);
          return Promise.resolve();
        },
        tell: (event) => void this.events.push(event),
        sleep: async (ms, signal) => {
          if (signal.aborted) return;
          // The bound on waiting for an address is raced by the address itself, which must win when it is there.
          await new Promise(setImmediate);
          if (signal.aborted) return;
          this.time += ms;
          this.slept.push(ms);
        },
        now: () => this.time,
      },
      this.stop.signal,
    );
  }

  names(): string[] {
    return this.events.map(({ event }) => event);
  }
}

let world: World;
beforeEach(() => {
  world = new World();
});

test('the address is told, tried, and announced with the local one behind it; stopped, cloudflared is stopped too', async () => {
  world.onLook = (_, count) => {
    if (count === 3) world.stop.abort();
    return FINE;
  };
  await world.run();
  expect(world.names()).toEqual(['started', 'url', 'answers']);
  expect(world.announced).toEqual([['https://t1.test', TARGET]]);
  expect(world.processes.map(({ stops }) => stops)).toEqual([1]);
});

test('a fresh address that does not answer at once is waited for in silence', async () => {
  world.onLook = (_, count) => {
    if (count === 5) world.stop.abort();
    return count < 4 ? SILENT : FINE;
  };
  await world.run();
  expect(world.names()).toEqual(['started', 'url', 'answers']);
});

test('one that never answers is said and announced all the same, once', async () => {
  world.onLook = (_, count) => {
    if (count === 20) world.stop.abort();
    return SILENT;
  };
  await world.run();
  expect(world.names()).toEqual(['started', 'url', 'silent']);
  expect(world.announced).toHaveLength(1);
  expect(world.processes).toHaveLength(1);
});

test('silence after good times, and its end, are told once each', async () => {
  world.onLook = (_, count) => {
    if (count === 7) world.stop.abort();
    return count === 1 || count > 3 ? FINE : SILENT;
  };
  await world.run();
  expect(world.names()).toEqual(['started', 'url', 'answers', 'silent', 'answers']);
});

test('when cloudflared dies it is started again, and the new address is announced', async () => {
  world.onLook = (url, count) => {
    if (count === 1) setImmediate(() => world.processes[0]?.die('it was ended by SIGKILL'));
    if (url === 'https://t2.test' && count > 4) world.stop.abort();
    return FINE;
  };
  await world.run();
  expect(world.names().slice(0, 7)).toEqual(['started', 'url', 'answers', 'down', 'restarting', 'started', 'url']);
  expect(world.events[3]).toEqual({ event: 'down', url: 'https://t1.test', reason: 'it was ended by SIGKILL' });
  expect(world.announced).toEqual([
    ['https://t1.test', TARGET],
    ['https://t2.test', TARGET],
  ]);
  expect(world.processes.map(({ stops }) => stops)).toEqual([1, 1]);
});

test('deaths in a row are answered ever more slowly, up to a minute; a good long life clears the count', async () => {
  expect([1, 2, 3, 6, 7, 50].map(tunnelPause)).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
  world.onLaunch = (process) => {
    if (process.pid === 4) process.tellUrl('https://t4.test');
    else process.die('it ended with code 1');
    if (process.pid === 6) world.stop.abort();
  };
  // The fourth lives until its sixth look, at half a minute and more.
  world.onLook = (_, count) => {
    if (count === 10) world.processes[3]?.die('it ended with code 1');
    return FINE;
  };
  await world.run();
  const pauses = world.events.flatMap((event) => (event.event === 'restarting' ? [event.inMs] : []));
  expect(pauses).toEqual([1_000, 2_000, 4_000, 1_000, 2_000]);
});

test('one that tells no address within a minute is given up and started again', async () => {
  world.onLaunch = (process) => {
    if (process.pid === 2) world.stop.abort();
  };
  await world.run();
  expect(world.events[1]).toEqual({ event: 'down', url: null, reason: 'it told no address within 60 s' });
  expect(world.processes.map(({ stops }) => stops)).toEqual([1, 1]);
});

test('a tunnel that Cloudflare has forgotten is opened again, a silent G-Labs or network is waited for', async () => {
  world.onLook = (url, count) => {
    if (url === 'https://t2.test') world.stop.abort();
    if (count === 1) return FINE;
    return count < 12 ? (count % 2 ? GONE : SILENT) : GONE;
  };
  await world.run();
  expect(world.events).toContainEqual({
    event: 'down',
    url: 'https://t1.test',
    reason: 'Cloudflare does not know this tunnel any more',
  });
  expect(world.processes).toHaveLength(2);
});

test('an announcement that fails is told, tried again, and ends nothing', async () => {
  let tries = 0;
  world.onAnnounce = () => {
    if (++tries === 1) throw new Error('disk full');
  };
  world.onLook = (_, count) => {
    if (count === 4) world.stop.abort();
    return FINE;
  };
  await world.run();
  expect(world.events).toContainEqual({ event: 'not-announced', url: 'https://t1.test', reason: 'disk full' });
  expect(world.announced).toHaveLength(1);
});

test('told to stop while cloudflared hangs without an address, it ends', async () => {
  world.onLaunch = () => setImmediate(() => world.stop.abort());
  await world.run();
  expect(world.names()).toEqual(['started']);
  expect(world.processes[0]?.stops).toBe(1);
});
