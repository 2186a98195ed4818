import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { FlowError } from '../../src/flow/errors';
import { decodeFlow, parseFlow } from '../../src/flow/parse';

function refusal(act: () => unknown): FlowError {
  try {
    act();
  } catch (error) {
    if (error instanceof FlowError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const node = (more: object): string =>
  JSON.stringify({ tabs: [{ graphData: { nodes: [{ id: 1, type: 'Approve' }, more] } }] });

describe('decodeFlow', () => {
  test('keeps a byte order mark in the text (D32)', () => {
    expect(decodeFlow(new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d]), 'a.nbflow')).toBe('\ufeff{}');
  });

  test('names the first byte that is not UTF-8', () => {
    const error = refusal(() => decodeFlow(new Uint8Array([0x7b, 0xc3, 0xa4, 0xff, 0x7d]), 'a.nbflow'));
    expect(error.message).toContain('a.nbflow is damaged: it is not UTF-8 text (byte 3)');
    expect([error.type, error.exitCode]).toEqual(['File.Damaged', 8]);
    expect(error.next[0]).toContain('backups');
  });

  test('says that a UTF-16 file is one', () => {
    expect(refusal(() => decodeFlow(new Uint8Array([0xff, 0xfe, 0x7b, 0]), 'a.nbflow')).message).toContain('UTF-16');
  });

  test('refuses a NUL and says where', () => {
    expect(refusal(() => decodeFlow(bytes('{"a"\0}'), 'a.nbflow')).message).toContain('a NUL at byte 4');
  });

  test('refuses more than 64 MB without reading it', () => {
    const error = refusal(() => decodeFlow(new Uint8Array(64 * 1024 * 1024 + 1), 'a.nbflow'));
    expect(error.message).toContain('65 MB');
  });

  test('reads back whatever text was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const clean = text.replaceAll('\0', '');
        expect(decodeFlow(bytes(clean), 'a.nbflow')).toBe(clean);
      }),
    );
  });
});

describe('parseFlow', () => {
  test('gives line and column of what is no JSON', () => {
    const error = refusal(() => parseFlow('{\n  "tabs": [,]\n}', 'my file.nbflow'));
    expect(error.message).toMatch(/not valid JSON: .* at line 2, column 12, got ","/);
    expect(error.next.join()).toContain('backups');
  });

  test('says that a cut-off file ends too early', () => {
    expect(refusal(() => parseFlow('{"tabs": [', 'a.nbflow')).message).toContain(
      'ends too early, at line 1, column 11',
    );
    const cut = readFileSync(join(__dirname, '../fixtures/broken/truncated.nbflow'), 'utf8');
    expect(refusal(() => parseFlow(cut, 'truncated.nbflow')).message).toMatch(/not valid JSON: .* line 728/);
    expect(refusal(() => parseFlow(' \n', 'a.nbflow')).message).toContain('it is empty');
  });

  test.each([
    [node({ id: '5', type: 'x' }), 'tabs[0].graphData.nodes[1].id: expected number, got "5"'],
    [node({ id: 1.5, type: 'x' }), 'tabs[0].graphData.nodes[1].id: expected int, got 1.5'],
    [node({ id: 2 }), 'tabs[0].graphData.nodes[1].type: expected string, got nothing'],
    [node({ id: 2, type: 'x', properties: [] }), 'nodes[1].properties: expected an object, got a list of 0'],
    ['{"tabs":[{"graphData":{"links":[[1,2,0,"x",0]]}}]}', 'tabs[0].graphData.links[0][3]: expected number, got "x"'],
    ['{}', 'tabs: expected array, got nothing'],
    ['[]', 'the file: expected object, got a list of 0'],
  ])('names the path inside, what was expected and what stands there: %s', (text, words) => {
    expect(refusal(() => parseFlow(text, 'a.nbflow')).message).toContain(words);
  });

  test('fills in what real files leave out', () => {
    const text =
      '\ufeff{"tabs":[{"graphData":{"nodes":[{"id":1,"type":"nanobanana/Prompt"},{"id":2,"type":"Approve"}],"links":[[7,1,0,2,0]]}},{}]}';
    const [tab, empty] = parseFlow(text, 'a.nbflow').tabs;
    expect(tab?.nodes[0]).toMatchObject({ title: 'Node 1', muted: false, inputs: [], properties: {}, role: 'prompt' });
    expect(tab?.nodes[0]?.outputs).toEqual([{ name: 'output', type: '*', links: [7] }]);
    expect(tab?.nodes[1]?.inputs).toEqual([{ name: 'input', type: '*', link: 7 }]);
    expect(tab?.links).toEqual([{ id: 7, from: 1, fromSlot: 0, to: 2, toSlot: 0, type: '*' }]);
    expect(empty).toMatchObject({ index: 1, name: '', nodes: [], links: [] });
  });

  test("reads LiteGraph's object form of a link", () => {
    const link = { id: 7, origin_id: 1, origin_slot: 0, target_id: 2, target_slot: 1, type: 'image' };
    const document = parseFlow(JSON.stringify({ tabs: [{ graphData: { links: [link] } }] }), 'a.nbflow');
    expect(document.tabs[0]?.links).toEqual([
      { id: 7, from: 1, fromSlot: 0, to: 2, toSlot: 1, type: 'image', asObject: true },
    ]);
  });

  test('takes __proto__, constructor and toString as mere keys (D32)', () => {
    const text =
      '{"__proto__":{"tabs":1},"tabs":[{"graphData":{"nodes":[{"id":1,"type":"constructor","properties":{"__proto__":{"_disabled":true},"toString":1}}]}}]}';
    const found = parseFlow(text, 'a.nbflow').tabs[0]?.nodes[0];
    expect(found).toMatchObject({ role: 'unknown', muted: false });
    expect(Object.getPrototypeOf(found?.properties)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['_disabled']).toBeUndefined();
  });

  test('refuses a key given twice in what is read, also when written with escapes', () => {
    const twice = '{"tabs":[{"graphData":{"nodes":[\n{"id":1,"type":"Approve","\\u0069d":2}]}}]}';
    expect(refusal(() => parseFlow(twice, 'a.nbflow')).message).toContain(
      'the key "id" is given twice in one object, at line 2, column 26',
    );
    expect(parseFlow('{"tabs":[],"extra":{"a":1,"a":2}}', 'a.nbflow').tabs).toEqual([]);
  });

  test('refuses nesting deeper than 500 levels, on valid and on endless text', () => {
    const deep = `{"tabs":[],"x":${'['.repeat(600)}${']'.repeat(600)}}`;
    expect(refusal(() => parseFlow(deep, 'a.nbflow')).message).toContain('nested deeper than 500 levels at line 1');
    expect(refusal(() => parseFlow('['.repeat(1_000_000), 'a.nbflow')).message).toContain('nested deeper');
    expect(parseFlow(`{"tabs":[],"x":${'['.repeat(490)}${']'.repeat(490)}}`, 'a.nbflow').tabs).toEqual([]);
  });

  test('either parses or refuses as damaged, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), fc.constant(node({ id: 2 }))), fc.nat(80), (text, cut) => {
        for (const body of [text, text.slice(0, cut), `{"tabs":[{"graphData":${text}}]}`]) {
          try {
            parseFlow(body, 'a.nbflow');
          } catch (error) {
            expect(error).toMatchObject({ type: 'File.Damaged', exitCode: 8 });
          }
        }
      }),
    );
  });
});
