import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';

const ROOT = path.resolve(__dirname, '../examples/XYZG3-V0-1');
const fileSchema = z.object({
  name: z.string(),
  tabs: z.array(
    z.object({
      graphData: z.object({ nodes: z.array(z.object({ properties: z.record(z.string(), z.unknown()) })) }),
    }),
  ),
});

async function properties(): Promise<Record<string, unknown>[]> {
  const name = path.join(ROOT, 'projects/may/xyz-wellness/testing/XYZG3-V0-1.nbflow');
  const file = fileSchema.parse(JSON.parse(await readFile(name, 'utf8')));
  return file.tabs.flatMap((tab) => tab.graphData.nodes.map((node) => node.properties));
}

test('the example is a project root of its own, and every picture it refers to is in it, small and whole', async () => {
  expect(JSON.parse(await readFile(path.join(ROOT, 'nbflow.config.json'), 'utf8'))).toEqual({});
  const references = (await properties()).map((p) => p['imageData']).filter((data) => typeof data === 'string');
  expect(references).toEqual(['reference/avatar-sheets/account-a.png', 'reference/products/greens.png']);
  for (const reference of references) {
    const bytes = await readFile(path.join(ROOT, reference));
    expect(bytes.length).toBeLessThan(120_000);
    expect((await sharp(bytes).raw().toBuffer()).length).toBeGreaterThan(0);
  }
});

test('its prompts differ in their first fifty characters and it comes without cached results', async () => {
  const all = await properties();
  const texts = z
    .array(z.string())
    .parse(all.map((p) => p['text'] ?? ''))
    .filter((text) => text !== '');
  const starts = texts.map((text) => text.slice(0, 50));
  expect(starts).toHaveLength(10);
  expect(new Set(starts).size).toBe(10);
  expect(all.flatMap((p) => [p['_savedImages'] ?? [], p['_savedClips'] ?? []].flat())).toEqual([]);
});
