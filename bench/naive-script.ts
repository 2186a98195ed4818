/**
 * The baseline: what somebody writes in an afternoon. It walks the graph with the same concurrency, makes the same calls
 * and the same uploads, and keeps nothing: a crash loses everything. Prints its own time as JSON.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { FlowCache } from '../src/flow-cache';
import { buildImageRequest, buildVideoRequest } from '../src/flow/request';
import { runGraph } from '../src/flow/scheduler';
import type { Generator, GeneratorRow, Source } from '../src/flow/types';
import { openProject } from '../src/project';

const [file = '', server = '', concurrency = '3'] = process.argv.slice(2);
const POLL_MS = 50;
const { R2_ENDPOINT = '', R2_BUCKET = '', R2_ACCESS_KEY_ID = '', R2_SECRET_ACCESS_KEY = '' } = process.env;

const store = new S3Client({
  endpoint: R2_ENDPOINT,
  region: 'auto',
  forcePathStyle: true,
  credentials: { accessKeyId: R2_ACCESS_KEY_ID, secretAccessKey: R2_SECRET_ACCESS_KEY },
  requestChecksumCalculation: 'WHEN_REQUIRED',
});
const first = new Map<string, Buffer>();
const references = new Map<string, Buffer>();
let root = '';

interface TaskAnswer {
  readonly status: string;
  readonly results?: readonly string[];
}

async function main(): Promise<void> {
  const startedAt = Date.now();
  const project = await openProject(file, new FlowCache());
  root = project.layout.root;
  const { generators, byKey } = project.flow;
  await runGraph({
    nodes: generators,
    concurrency: () => Number(concurrency),
    runNode: async (key) => {
      await makeNode(byKey.get(key) as Generator, dirname(file));
      return 'done';
    },
    onSkip: () => undefined,
  });
  process.stdout.write(JSON.stringify({ seconds: (Date.now() - startedAt) / 1000, nodes: generators.length }));
}

async function makeNode(generator: Generator, folder: string): Promise<void> {
  for (const row of generator.rows) {
    const body = JSON.stringify(await request(generator, row));
    const candidates = Array.from({ length: generator.outputCount }, (_, index) => index + 1);
    const made = await Promise.all(candidates.map((candidate) => makeOne({ generator, body, candidate, folder })));
    if (made[0] && !first.has(generator.key)) first.set(generator.key, made[0]);
  }
}

async function request(generator: Generator, row: GeneratorRow): Promise<object> {
  const frames = [row.startFrame, row.endFrame].filter((source) => source !== null);
  const sources = generator.kind === 'image' ? row.references : frames;
  const encoded = await Promise.all(sources.map(async (source) => (await bytesOf(source)).toString('base64')));
  return generator.kind === 'image'
    ? buildImageRequest(generator, row, encoded)
    : buildVideoRequest(generator, row, encoded);
}

async function bytesOf(source: Source): Promise<Buffer> {
  if (source.kind === 'generated') return first.get(source.from) as Buffer;
  const name = source.kind === 'url' ? source.url : source.path;
  const known = references.get(name);
  if (known) return known;
  const bytes =
    source.kind === 'url' ? Buffer.from(await (await fetch(name)).arrayBuffer()) : await readFile(join(root, name));
  references.set(name, bytes);
  return bytes;
}

async function makeOne(work: {
  readonly generator: Generator;
  readonly body: string;
  readonly candidate: number;
  readonly folder: string;
}): Promise<Buffer> {
  const { generator, candidate } = work;
  const submitted = await fetch(`${server}/api/${generator.kind}/generate`, { method: 'POST', body: work.body });
  const { task_id: id } = (await submitted.json()) as { task_id: string };
  let task: TaskAnswer;
  do {
    task = (await (await fetch(`${server}/api/status/${id}`)).json()) as TaskAnswer;
    if (task.status !== 'completed') await delay(POLL_MS);
  } while (task.status !== 'completed');
  const bytes = Buffer.from(await (await fetch(task.results?.[0] ?? '')).arrayBuffer());
  const name = `${generator.naming.stem}-n${generator.id}-c${candidate}.${generator.kind === 'image' ? 'png' : 'mp4'}`;
  const path = join(work.folder, 'script-output', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  const key = `script/${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}/${name}`;
  await store.send(new PutObjectCommand({ Bucket: R2_BUCKET, Key: key, Body: bytes }));
  return bytes;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
