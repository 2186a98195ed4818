import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { formatReceipt } from '../../src/files/receipt-file';
import { findReceiptFolders, readReceiptFolder, receiptFolderOf } from '../../src/files/receipt-folders';
import { notePass, readPassNote } from '../../src/files/pass-note';
import { fullReceipt, generator } from '../helpers/flows';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'nbflow folders ')));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, text = ''): string {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  return full;
}
const receipt = (folder: string, version = 'v0-1'): string =>
  put(
    join(folder, 'Assets', 'XYZG3', '.nbflow', version, 'receipts', 'n5.json'),
    formatReceipt(fullReceipt(generator())),
  );

test('finds every version of every file under a marked root, with the file that it belongs to', async () => {
  put('nbflow.config.json', '{}');
  const file = put('projects/may/xyz/testing/XYZG3-V0-1.nbflow');
  receipt('projects/may/xyz');
  receipt('projects/may/xyz', 'v0-2');
  receipt('other');
  put('projects/may/xyz/backups/XYZG3-V0-1.nbflow');
  const folders = await findReceiptFolders(root);
  expect(folders.map((one) => [one.code, one.fileVersion, one.file])).toEqual([
    ['XYZG3', 'v0-1', null],
    ['XYZG3', 'V0-1', file],
    ['XYZG3', 'v0-2', null],
  ]);
  expect(receiptFolderOf(file)).toEqual(folders[1]);
});

test('a folder that is no marked root is not searched through', async () => {
  receipt('.');
  receipt('deeper');
  const folders = await findReceiptFolders(root);
  expect(folders.map(({ receiptsDir }) => receiptsDir)).toEqual([
    join(root, 'Assets', 'XYZG3', '.nbflow', 'v0-1', 'receipts'),
  ]);
});

test('a project without receipts has none, and a file without receipts has an empty folder', async () => {
  put('nbflow.config.json', '{}');
  put('Assets/XYZG3/notes.txt');
  expect(await findReceiptFolders(root)).toEqual([]);
  const folder = receiptFolderOf(put('XYZG3-V0-1.nbflow'));
  expect(await readReceiptFolder(folder)).toEqual({ receipts: [], damaged: [] });
});

test('a damaged receipt is named and does not hide the others', async () => {
  put('nbflow.config.json', '{}');
  const whole = receipt('.');
  const broken = join(dirname(whole), 'n6.json');
  writeFileSync(broken, readFileSync(whole, 'utf8').slice(0, 400));
  const [folder] = await findReceiptFolders(root);
  const { receipts, damaged } = await readReceiptFolder(folder as never);
  expect(receipts.map(({ key }) => key)).toEqual(['n5']);
  expect(damaged.map(({ message, exitCode }) => [message.includes(broken), exitCode])).toEqual([[true, 8]]);
});

test('the note of the newest pass is the last one written; one that can not be read counts as none', async () => {
  const dir = dirname(receipt('.'));
  expect(await readPassNote(dir)).toBeNull();
  await notePass(dir, 'p1', '2026-05-12T14:30:00.000Z');
  await notePass(dir, 'p2', '2026-05-12T14:31:00.000Z');
  expect(await readPassNote(dir)).toBe('p2');
  writeFileSync(join(dirname(dir), 'newest-pass.json'), '{"version":1,"pa');
  expect(await readPassNote(dir)).toBeNull();
});
