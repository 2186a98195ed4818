/** What a person waits for after a crash: the storyboard of five accounts, with links in it as an older runner left them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import sharp from 'sharp';
import { cacheLists } from '../src/flow/cached';
import { FlowCache } from '../src/flow-cache';
import { renderPlainFilm } from '../src/simulator/films';
import type { Rig } from './rig';
import type { Row } from './rows';
import { row } from './rows';
import { median } from './statistics';

const NAME = 'XYZS1-V0-4';
/** About what a picture and a clip of eight seconds weigh. */
const PICTURE = { width: 768, height: 1376, channels: 3, background: '#456' } as const;
const CLIP_BYTES = 2_000_000;

interface Measured {
  readonly ms: number;
  readonly cpuSeconds: number;
}

/** Nothing is on record, so every link is fetched whole, and every picture decoded to its last pixel. */
export async function recoveryRows(rig: Rig, repeats: number): Promise<readonly Row[]> {
  const { origin, close } = await serveResults();
  try {
    const { folder, links } = linkedStoryboard(rig, origin);
    const measure = async (verb: string, code: number): Promise<readonly Measured[]> => {
      const all: Measured[] = [];
      for (let i = 0; i < repeats; i++) all.push(await command(rig, folder, verb, code));
      return all;
    };
    // Everything is there but the output, which an export writes.
    const diagnoses = await measure('diagnose', 1);
    const plans = await measure('plan', 0);
    const looks = await measure('verify', 0);
    const ms = (all: readonly Measured[]): number[] => all.map((one) => one.ms);
    const cpu = (all: readonly Measured[]): number[] => all.map(({ cpuSeconds }) => cpuSeconds);
    const note = (all: readonly Measured[]): string =>
      `${links} links asked; processor ${median(cpu(all)).toFixed(1)} s of it`;
    return [
      row({ name: 'diagnose, 5 accounts', unit: 'ms', target: 1_000, note: note(diagnoses), samples: ms(diagnoses) }),
      row({ name: 'plan, 5 accounts', unit: 'ms', target: 1_000, note: note(plans), samples: ms(plans) }),
      row({
        name: `verify of ${links} links`,
        unit: 'ms',
        target: 5_000,
        note: 'all fetched and decoded',
        samples: ms(looks),
      }),
      row({ name: 'CPU of that verify', unit: 's', target: 8, note: 'all its threads', samples: cpu(looks) }),
    ];
  } finally {
    close();
  }
}

async function command(rig: Rig, folder: string, verb: string, code: number): Promise<Measured> {
  const file = join(rig.base, 'cpu-seconds');
  const env = { NODE_OPTIONS: `--require "${join(__dirname, 'cpu-at-exit.js')}"`, NBFLOW_BENCH_CPU: file };
  const end = await rig.cli(folder, [verb, NAME, '--json'], env);
  if (end.code !== code) throw new Error(`nbflow ${verb} ended with ${end.code}:\n${end.stdout}${end.stderr}`);
  return { ms: end.ms, cpuSeconds: Number(readFileSync(file, 'utf8')) };
}

/** The fixture of 80 nodes, each with its four links in the file and none on record. */
function linkedStoryboard(rig: Rig, origin: string): { readonly folder: string; readonly links: number } {
  const folder = join(rig.base, 'linked');
  mkdirSync(folder);
  writeFileSync(join(folder, 'nbflow.config.json'), '{}\n');
  const file = join(folder, `${NAME}.nbflow`);
  const text = readFileSync(join(process.cwd(), 'test', 'fixtures', `${NAME}.nbflow`), 'utf8');
  const document = JSON.parse(text) as {
    tabs: { graphData: { nodes: { id: number; properties: Record<string, unknown> }[] } }[];
  };
  let links = 0;
  for (const { tab, id, kind, vocabulary, outputCount } of new FlowCache().compile(text, file).generators) {
    const node = document.tabs[tab]?.graphData.nodes.find((one) => one.id === id);
    const [list] = cacheLists(kind, vocabulary);
    if (!node || list === undefined) continue;
    const ending = kind === 'image' ? 'png' : 'mp4';
    node.properties[list] = Array.from({ length: outputCount }, () => `${origin}/${++links}.${ending}`);
  }
  writeFileSync(file, JSON.stringify(document, null, 2));
  return { folder, links };
}

async function serveResults(): Promise<{ readonly origin: string; readonly close: () => void }> {
  const noise = { type: 'gaussian', mean: 120, sigma: 4 } as const;
  const picture = await sharp({ create: { ...PICTURE, noise } })
    .png()
    .toBuffer();
  const caption = { prompt: 'measured', badge: '', label: '', colours: Buffer.alloc(32, 90) };
  const film = renderPlainFilm({ aspectRatio: '9:16', seconds: 8, start: null, end: null, caption, comment: '' });
  const padding = Buffer.alloc(CLIP_BYTES);
  padding.writeUInt32BE(CLIP_BYTES, 0);
  padding.write('free', 4);
  const clip = Buffer.concat([film, padding]);
  const server = createServer(({ url, method }, response) => {
    const body = url?.endsWith('.png') ? picture : clip;
    response.writeHead(200, { 'content-length': body.length }).end(method === 'HEAD' ? undefined : body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, close: () => server.close() };
}
