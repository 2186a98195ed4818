/** What Temporal's server gets to see: ids, titles and counts; never a prompt, a key, or a byte of media. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainText, recordedHistories } from './helpers/histories';

interface Document {
  readonly tabs: readonly { graphData: { nodes: readonly { properties: Record<string, unknown> }[] } }[];
}

function prompts(): string[] {
  const text = readFileSync(join(__dirname, 'fixtures', 'XYZG3-V0-1.nbflow'), 'utf8');
  const nodes = (JSON.parse(text) as Document).tabs.flatMap(({ graphData }) => graphData.nodes);
  const texts = nodes.flatMap(({ properties }) => [properties['text'], properties['dynamicRows']].flat());
  return texts.filter((one): one is string => typeof one === 'string' && one !== '').map((one) => one.slice(0, 20));
}

const KEY = 'glabs-key-of-the-tests';
const MEDIA = ['iVBOR', '/9j/', 'data:image', 'data:video', 'ftypisom', 'base64,'];

test.each(recordedHistories().map(({ name, text }) => [name, plainText(text)]))('%s holds none', (_name, text) => {
  expect(text).toContain('Scene 01');
  const found = [...prompts(), KEY, 'X-API-Key', ...MEDIA].filter((one) => text.includes(one));
  expect(found).toEqual([]);
});

test('the payloads are readable JSON', () => {
  const encodings = new Set<string>();
  for (const { text } of recordedHistories()) {
    JSON.parse(text, (key, value: unknown) => {
      if (key === 'encoding' && typeof value === 'string') encodings.add(Buffer.from(value, 'base64').toString());
      return value;
    });
  }
  encodings.delete('binary/null');
  expect([...encodings]).toEqual(['json/plain']);
});
