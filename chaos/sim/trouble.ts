/** What strikes from outside, at any step: to processes, the machine, G-Labs, the store, and by a person's hand. */
import type { Away } from './backend';
import { Host } from './host';
import type { Pass } from './pass';
import type { Actor } from './schedule';
import type { Attempt } from './temporal';
import type { World } from './world';
import { setClock } from './clocks';

const WORLD: Actor = { name: 'world', alive: true, suspended: false };
const HEARTBEAT_TIMEOUT_MS = 10_000;
const GRACE_MS = 10_000;
const OVERFLOW = 60;
const ABOUT_PROCESSES = 6;

type Strike = (trouble: Trouble) => void;

/** The more often named, the more often it strikes. The first few are about processes, and hit them at named steps too. */
const STRIKES: readonly (readonly [name: string, strike: Strike])[] = [
  ['kill -9', (trouble) => trouble.kill()],
  ['kill -9', (trouble) => trouble.kill()],
  ['power cut', (trouble) => trouble.powerCut()],
  ['SIGTERM', (trouble) => trouble.terminate()],
  ['SIGSTOP', (trouble) => trouble.suspend()],
  ['heartbeat timeout', (trouble) => trouble.timeOut()],
  ['pass cancelled', (trouble) => trouble.endPass('cancel')],
  ['pass terminated', (trouble) => trouble.endPass('terminate')],
  ['G-Labs restarted', (trouble) => trouble.restartBackend()],
  ['G-Labs frozen', (trouble) => trouble.freezeBackend()],
  ['G-Labs away', (trouble) => trouble.leaveBackend()],
  ["G-Labs' clock set", (trouble) => setClock(trouble.world, trouble.world.backend)],
  ['our clock set', (trouble) => setClock(trouble.world, trouble.world.wall)],
  ['list overflow', (trouble) => trouble.overflow()],
  ['list empty', (trouble) => trouble.emptyList()],
  ['same words elsewhere', (trouble) => trouble.sameWords()],
  ['store down', (trouble) => trouble.closeStore()],
];

export class Trouble {
  /** Passes under way. */
  readonly passes = new Set<Pass>();
  readonly world: World;
  private struck = 0;
  private born = 0;
  private aim: Host | null = null;

  constructor(world: World) {
    this.world = world;
  }

  /** Perhaps something happens now. `aim`: the process that is just at a named step. */
  maybe(rate: number, aim: Host | null = null): void {
    const { choices, weather, count, say } = this.world;
    if (this.struck >= weather.mostStrikes || rate === 0) return;
    const which = choices.pick('strike', (aim ? ABOUT_PROCESSES : STRIKES.length) + 1, rate);
    const strike = STRIKES[which - 1];
    if (!strike) return;
    this.struck++;
    say(() => `-- ${strike[0]}`);
    count(strike[0]);
    this.aim = aim;
    strike[1](this);
    this.aim = null;
  }

  /** A new worker process. */
  startHost(): void {
    const { hosts, say } = this.world;
    const host = new Host(`worker ${++this.born}`);
    hosts.push(host);
    say(() => `${host.name} starts`);
  }

  kill(): void {
    const host = this.victim();
    if (host) this.bury(host);
  }

  powerCut(): void {
    const { hosts, disk, choices } = this.world;
    for (const host of [...hosts]) this.bury(host);
    disk.powerCut(choices);
    if (choices.chance('G-Labs too', 0.3)) this.restartBackend();
  }

  /** Gives back what it has in hand, then ends. */
  terminate(): void {
    const host = this.victim();
    if (!host) return;
    const { schedule } = this.world;
    host.stopping = true;
    for (const attempt of host.attempts) schedule.abort(attempt.controller, new Error('the worker was stopped'));
    void schedule.pause(WORLD, GRACE_MS).then(() => this.bury(host));
  }

  suspend(): void {
    const host = this.victim();
    if (!host) return;
    const { schedule, choices } = this.world;
    const ms = choices.one('suspended for', [300, 3_000, 12_000, 30_000, 200_000]);
    host.suspended = true;
    const attempts = [...host.attempts];
    void schedule.pause(WORLD, ms).then(() => (host.suspended = false));
    if (ms > HEARTBEAT_TIMEOUT_MS) {
      void schedule.pause(WORLD, HEARTBEAT_TIMEOUT_MS).then(() => attempts.forEach((attempt) => this.abandon(attempt)));
    }
  }

  /** Its heartbeats do not arrive, though it lives. */
  timeOut(): void {
    const hosts = this.aim ? [this.aim] : this.world.hosts.filter(({ alive }) => alive);
    const attempts = hosts.flatMap((host) => [...host.attempts]);
    const attempt = attempts[this.world.choices.pick('whose heartbeat', attempts.length)];
    if (attempt) this.abandon(attempt);
  }

  endPass(how: 'cancel' | 'terminate'): void {
    const passes = [...this.passes];
    const pass = passes[this.world.choices.pick('which pass', passes.length)];
    if (!pass) return;
    pass.over = true;
    for (const attempt of [...pass.attempts]) {
      this.stopSoon(attempt);
      if (how === 'terminate') attempt.gone(1);
    }
  }

  restartBackend(): void {
    const { backend, choices, schedule } = this.world;
    backend.away = 'refuses';
    const how = { remembers: choices.chance('remembers', 0.2), keepsFiles: choices.chance('keeps files', 0.5) };
    const ms = choices.one('down for', [50, 500, 5_000, 30_000]);
    void schedule.pause(WORLD, ms).then(() => {
      backend.restart(schedule.now, how);
      backend.away = null;
    });
  }

  freezeBackend(): void {
    const { backend, choices, schedule } = this.world;
    if (schedule.now < backend.frozenUntil) return;
    backend.frozenFrom = schedule.now;
    backend.frozenUntil = schedule.now + choices.one('frozen for', [500, 2_000, 8_000, 20_000]);
  }

  leaveBackend(): void {
    const { backend, choices, schedule } = this.world;
    if (backend.away !== null) return;
    backend.away = choices.one<Away>('away how', ['refuses', 'tunnel-404', 'tunnel-522', 'tunnel-530']);
    const ms = choices.one('away for', [200, 2_000, 7_000, 60_000]);
    void schedule.pause(WORLD, ms).then(() => (backend.away = null));
  }

  overflow(): void {
    for (let i = 0; i < OVERFLOW; i++) this.foreignTask('Something else altogether, by somebody else');
  }

  /**
   * For a moment, once. Not where a list was truly empty before: nothing tells the two apart then, and a task that is hidden
   * in the last looks of a lookup would be believed not to be there.
   */
  emptyList(): void {
    const { backend, schedule, choices } = this.world;
    if (this.world.wall.anySet || backend.wasEmpty || backend.emptyUntil > 0) return;
    backend.emptyUntil = schedule.now + choices.one('empty for', [100, 400, 1_200]);
  }

  sameWords(): void {
    const { backend, weather } = this.world;
    const ours = backend.all.filter(({ body }) => body !== null).at(-1);
    if (weather.sameWordsElsewhere && ours) this.foreignTask(ours.prompt);
  }

  closeStore(): void {
    const { store, choices, schedule } = this.world;
    store.down = true;
    void schedule.pause(WORLD, choices.one('store down for', [1_000, 10_000])).then(() => (store.down = false));
  }

  /** Ends a process as it is; another one starts in its place. */
  private bury(host: Host): void {
    if (!host.alive) return;
    const { schedule, choices, hosts, say } = this.world;
    say(() => `${host.name} is dead`);
    host.alive = false;
    schedule.bury(host);
    hosts.splice(hosts.indexOf(host), 1);
    // Its holds are given back by the next process, or its heartbeats run out.
    for (const attempt of host.attempts)
      attempt.gone(choices.one('noticed after', [1_000, 1_000, HEARTBEAT_TIMEOUT_MS]));
    void schedule.pause(WORLD, choices.one('restarted after', [500, 100, 5_000])).then(() => this.startHost());
  }

  /** Temporal hands the activity out again, and tells the attempt so when it next hears of it. */
  private abandon(attempt: Attempt): void {
    attempt.gone(1);
    this.stopSoon(attempt);
  }

  private stopSoon({ host, controller }: Attempt): void {
    const { schedule, choices } = this.world;
    const ms = choices.one('told after', [100, 1_000, 3_000]);
    void schedule.pause(host, ms).then(() => schedule.abort(controller, new Error('this attempt was replaced')));
  }

  private victim(): Host | null {
    if (this.aim) return this.aim;
    const living = this.world.hosts.filter(({ alive, suspended }) => alive && !suspended);
    return living[this.world.choices.pick('victim', living.length)] ?? null;
  }

  /** Done at once: so that the oldest are the first to be forgotten, as where all take their turn. */
  private foreignTask(prompt: string): void {
    const { backend, schedule } = this.world;
    backend.accept(schedule.now, { kind: 'image', prompt, body: null, endsAt: schedule.now, failure: null });
  }
}
