import { join } from 'node:path';
import { projectLayout } from '../../src/files/layout';
import { emptyOutcome } from '../../src/flow/outcome';
import type { Project } from '../../src/project';
import { contactSheet } from '../../src/report/contact-sheet';
import type { ExportInput } from '../../src/workflows/messages';
import { compiledOf, entry, generator, receiptOf } from '../helpers/flows';

const node = generator({ title: 'Scene <01> & "more"' });
const layout = projectLayout('/root/XYZG3-V0-1.nbflow', { root: '/root' });

function sheet(reason: string | null = null): string {
  const pass = {
    nodes: [{ ...node }],
    outcomes: { [node.key]: { ...emptyOutcome(node.key, 'failed', { reason }), paid: 2 } },
    startedAt: 0,
    finishedAt: 61_000,
  } as unknown as ExportInput;
  const entries = [entry(node, { candidate: 1, file: 'Assets/a b#1.png' }), entry(node, { candidate: 2, file: null })];
  return contactSheet({
    project: { layout, flow: compiledOf([node]) } as unknown as Project,
    receipts: new Map([[node.key, receiptOf(node, entries)]]),
    pass,
    output: join('/root', 'Generations', 'out.nbflow'),
    report: join('/root', 'Generations', 'out.html'),
  });
}

test('pictures are linked relative to the sheet, else by their address; missing ones are said', () => {
  const html = sheet();
  expect(html).toContain('src="../Assets/a%20b%231.png"');
  expect(html).toContain(`src="${entry(node, { candidate: 2 }).url}"`);
  expect(html.match(/: none/g)).toHaveLength(2);
});

test('words of the file and of failures are never markup', () => {
  const html = sheet('<script>alert(1)</script>');
  expect(html).not.toContain('<script>');
  expect(html).toContain('Scene &lt;01&gt; &amp; &quot;more&quot;');
  expect(html).toContain('2 paid');
});
