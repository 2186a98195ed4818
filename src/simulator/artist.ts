/** Makes the result files of a generation, a few at a time, so that rendering never starves the answers. */
import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Job } from './contract';
import { resultName } from './contract';
import type { Caption } from './drawing';
import { renderFilm, renderPlainFilm } from './films';
import { renderPicture, renderPlainPicture, Thumbnails } from './pictures';

/** Renders at once: more would only fill the thread pool that the bill's writes need too. */
const AT_ONCE = 2;

/** One accepted generation to be painted. */
export interface Commission {
  readonly n: number;
  readonly taskId: string;
  readonly job: Job;
  /** How often this prompt was asked for so far, this time included. */
  readonly take: number;
  /** For another client: nobody looks at it, so it is made the cheap way. */
  readonly foreign: boolean;
}

export class Artist {
  private readonly dir: string;
  private readonly plain: boolean;
  private readonly seed: number;
  private readonly thumbnails = new Thumbnails();
  private readonly waiting: (() => void)[] = [];
  private busy = 0;
  private readonly idlers: (() => void)[] = [];

  constructor(dir: string, plain: boolean, seed: number) {
    this.dir = dir;
    this.plain = plain;
    this.seed = seed;
  }

  /** Writes the files of one generation and gives their names; none that its signal stopped before they were begun. */
  async make(commission: Commission, stopped: AbortSignal): Promise<readonly string[]> {
    await this.enter();
    try {
      const names: string[] = [];
      for (const variant of commission.job.variants) {
        if (stopped.aborted) break;
        const name = resultName(commission.n, commission.job, variant);
        await this.save(name, await this.paint(commission, variant));
        names.push(name);
      }
      return names;
    } finally {
      this.leave();
    }
  }

  /** Resolves when nothing is being rendered, so that a folder can be deleted. */
  async idle(): Promise<void> {
    if (this.busy > 0) await new Promise<void>((resolve) => this.idlers.push(resolve));
  }

  private async paint({ n, taskId, job, take, foreign }: Commission, variant: string): Promise<Buffer> {
    const plain = this.plain || foreign;
    const comment = `nbflow simulator ${taskId} ${variant}`;
    const badge = `#${n} take ${take}${variant === '' || variant === '720p' ? '' : ` ${variant}`}`;
    const colours = createHash('sha256')
      .update(`${this.seed}:${job.prompt ?? ''}`)
      .digest();
    const caption: Caption = { prompt: job.prompt ?? '', badge, label: job.model, colours };
    const look = plain ? { ...caption, badge: comment, colours: unique(comment) } : caption;
    if (job.type === 'image') {
      if (plain) return renderPlainPicture(job.aspectRatio, look);
      return renderPicture(job.aspectRatio, look, job.references, this.thumbnails);
    }
    const [start = null, end = null] = job.references;
    const film = { aspectRatio: job.aspectRatio, seconds: job.seconds, start, end, caption: look, comment };
    return plain ? renderPlainFilm(film) : renderFilm(film);
  }

  /** Under a temporary name first: a killed simulator leaves no half file under a real name. */
  private async save(name: string, bytes: Buffer): Promise<void> {
    await mkdir(this.dir, { recursive: true });
    const target = path.join(this.dir, name);
    await writeFile(`${target}.part`, bytes);
    await rename(`${target}.part`, target);
  }

  private async enter(): Promise<void> {
    if (this.busy >= AT_ONCE) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.busy += 1;
  }

  private leave(): void {
    const next = this.waiting.shift();
    if (next) return next();
    this.busy -= 1;
    if (this.busy === 0) for (const idle of this.idlers.splice(0)) idle();
  }
}

function unique(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
