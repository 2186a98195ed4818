/** A pass as a person has it: the command is typed, and typed again when it ended without the pass's own end. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { CliEnd, CliRun } from '../../test/helpers/cli';
import type { Scene, Stage } from './stage';

const MOST_TYPED = 12;
const PAUSE_MS = 500;

const answerSchema = z.object({ state: z.string(), output: z.string() });
export type PassAnswer = z.infer<typeof answerSchema>;

export class WatchedPass {
  /** How often the command was typed. */
  typed = 0;
  over = false;
  /** Ends that were neither success nor our own kill, with what was said. */
  readonly complaints: string[] = [];
  /** Null when it was given up. */
  readonly ended: Promise<PassAnswer | null>;
  private cli: CliRun | null = null;
  private killed = false;
  private stopped = false;

  constructor(stage: Stage, { project, backend }: Scene, args: readonly string[]) {
    const all = ['run', project.file, '--server', backend.url, '--json', '--wait', ...args];
    const type = (): CliRun => stage.start(all, project.folder);
    this.ended = this.watch(stage, type).finally(() => (this.over = true));
  }

  /** The command line's, while it runs. */
  get pid(): number | null {
    return this.cli?.child.pid ?? null;
  }

  /** kill -9 of the command line. */
  kill(): void {
    this.killed = true;
    this.cli?.child.kill('SIGKILL');
  }

  /** Types no more. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.cli?.child.kill('SIGKILL');
    await this.ended;
  }

  private async watch(stage: Stage, type: () => CliRun): Promise<PassAnswer | null> {
    while (!this.stopped && !stage.isClosed && this.typed < MOST_TYPED) {
      this.killed = false;
      this.typed += 1;
      this.cli = type();
      const end = await this.cli.ended;
      if (end.code === 0) return answerSchema.parse(JSON.parse(end.stdout));
      if (!this.killed && !this.stopped) this.complaints.push(complaint(end));
      await delay(PAUSE_MS);
    }
    return null;
  }
}

function complaint({ code, stdout, stderr }: CliEnd): string {
  const said = `${stderr.trim().split('\n').slice(-6).join(' | ')} ${stdout.trim().slice(-300)}`;
  return `exit ${code}: ${said.trim()}`;
}
