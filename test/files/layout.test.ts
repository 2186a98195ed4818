import path from 'node:path';
import {
  candidatePath,
  codeAndVersion,
  fileOfReceipts,
  findProjectRoot,
  nodeLockPath,
  objectKey,
  outputFile,
  pickedPath,
  projectLayout,
  referenceKey,
  reportFile,
} from '../../src/files/layout';

const posix = { path: path.posix, root: '/team' };
const layout = projectLayout('/team/projects/may/xyz-wellness/testing/XYZG3-V0-1.nbflow', posix);
const image = { kind: 'image' as const, naming: { folder: null, stem: 'scene03' }, rows: [1] };
const film = { kind: 'video' as const, naming: { folder: 'account-a', stem: 'scene09' }, rows: [1, 2] };

test('a file of the wiki layout', () => {
  expect(layout).toEqual({
    root: '/team',
    file: '/team/projects/may/xyz-wellness/testing/XYZG3-V0-1.nbflow',
    workflowId: 'projects/may/xyz-wellness/testing/XYZG3-V0-1',
    code: 'XYZG3',
    version: 'V0-1',
    folderVersion: 'v0-1',
    brand: 'xyz-wellness',
    baseDir: '/team/projects/may/xyz-wellness',
    receiptsDir: '/team/projects/may/xyz-wellness/Assets/XYZG3/.nbflow/v0-1/receipts',
    historyFile: '/team/projects/may/xyz-wellness/Assets/XYZG3/.nbflow/history.jsonl',
    locksDir: '/team/projects/may/xyz-wellness/Assets/XYZG3/.nbflow/v0-1/locks',
    backupsDir: '/team/projects/may/xyz-wellness/backups',
    generationsDir: '/team/projects/may/xyz-wellness/Generations',
    errorsFile: '/team/projects/may/xyz-wellness/Generations/errors.json',
  });
});

test.each([
  ['XYZG3-V0-1.nbflow', 'XYZG3', 'V0-1'],
  ['XYZG3-V1.nbflow', 'XYZG3', 'V1'],
  ['XYZG3-V1-2.nbflow', 'XYZG3', 'V1-2'],
  ['XYZG3-V2-0-4.nbflow', 'XYZG3', 'V2-0-4'],
  ['week-1-testing.nbflow', 'week-1-testing', 'v0'],
  ['my file', 'my file', 'v0'],
  ['V0-1.nbflow', 'V0-1', 'v0'],
])('%s is code %s, version %s', (name, code, version) => {
  expect(codeAndVersion(name)).toEqual({ code, version });
});

test.each(['XYZG3-V0-1', 'my file', 'XYZG3-V1-2'])('the receipts of %s tell whose they are', (name) => {
  expect(fileOfReceipts(projectLayout(`/team/projects/may/xyz/${name}.nbflow`, posix).receiptsDir)).toBe(name);
});

test('growth and sales keep their own backups, but share Assets and Generations', () => {
  const growth = projectLayout('/team/projects/may/xyz/growth/approved/XYZG3-V0-1.nbflow', posix);
  expect(growth.baseDir).toBe('/team/projects/may/xyz');
  expect(growth.backupsDir).toBe('/team/projects/may/xyz/growth/backups');
});

test('nothing is ever put above the root', () => {
  const inner = projectLayout('/team/testing/XYZG3-V0-1.nbflow', { ...posix, root: '/team/testing' });
  expect([inner.baseDir, inner.backupsDir]).toEqual(['/team/testing', '/team/testing/backups']);
});

test('a file outside its root is known by its name', () => {
  expect(projectLayout('/else/A-V1.nbflow', posix)).toMatchObject({
    workflowId: 'A-V1',
    brand: 'team',
    baseDir: '/else',
  });
});

test('the brand is the root folder where there are no months, and a setting beats both', () => {
  const file = '/My Team/week 1.nbflow';
  expect(projectLayout(file, { path: path.posix, root: '/My Team' }).brand).toBe('my-team');
  expect(projectLayout(file, { path: path.posix, root: '/My Team', brand: 'Silk Glide' }).brand).toBe('silk-glide');
});

test('Windows paths give the same ids, keys and relative paths', () => {
  const options = { path: path.win32, root: 'C:\\My Team' };
  const windows = projectLayout('C:\\My Team\\projects\\may\\xyz-wellness\\testing\\XYZG3-V0-1.nbflow', options);
  expect(windows.workflowId).toBe(layout.workflowId);
  expect(windows.baseDir).toBe('C:\\My Team\\projects\\may\\xyz-wellness');
  expect(candidatePath(windows, image, { row: 1, candidate: 2 }, 'png')).toBe(
    candidatePath(layout, image, { row: 1, candidate: 2 }, 'png'),
  );
  expect(projectLayout('D:\\x\\A-V1.nbflow', options).workflowId).toBe('A-V1');
});

test('candidates, picks and keys of one tab and one row', () => {
  expect(candidatePath(layout, image, { row: 1, candidate: 1 }, 'png')).toBe(
    'Assets/XYZG3/generated-images/v0-1/candidates/scene03-c1.png',
  );
  expect(pickedPath(layout, image, 1, '.png')).toBe('Assets/XYZG3/generated-images/v0-1/scene03.png');
  expect(objectKey(layout, image, { row: 1, candidate: 1 }, 'a'.repeat(64), '.png')).toBe(
    'xyz-wellness/XYZG3/v0-1/aaaaaaaaaaaa/scene03-c1.png',
  );
});

test('candidates, picks and keys of several tabs and rows', () => {
  expect(candidatePath(layout, film, { row: 2, candidate: 1 }, 'mp4')).toBe(
    'Assets/XYZG3/generated-videos/v0-1/account-a/candidates/scene09-r2-c1.mp4',
  );
  expect(pickedPath(layout, film, 2, 'mp4')).toBe('Assets/XYZG3/generated-videos/v0-1/account-a/scene09-r2.mp4');
  expect(objectKey(layout, film, { row: 2, candidate: 1 }, 'b'.repeat(64), 'mp4')).toBe(
    'xyz-wellness/XYZG3/v0-1/bbbbbbbbbbbb/account-a/scene09-r2-c1.mp4',
  );
});

test('references, locks, outputs and reports', () => {
  const date = new Date(2026, 4, 12, 14, 30, 21);
  expect(referenceKey(layout, 'c'.repeat(64), 'a.png')).toBe('xyz-wellness/references/cccccccccccc/a.png');
  expect(nodeLockPath(layout, 'n7', path.posix)).toBe(`${layout.locksDir}/n7.lock`);
  expect(outputFile(layout, date, path.posix)).toBe(
    `${layout.generationsDir}/XYZG3-V0-1-generated-20260512-143021.nbflow`,
  );
  expect(reportFile(layout, date, 'html', path.posix)).toBe(
    `${layout.generationsDir}/XYZG3-V0-1-report-20260512-143021.html`,
  );
});

describe('the project root', () => {
  const rootOf = (...there: string[]): string =>
    findProjectRoot('/team/projects/may/x/A-V1.nbflow', (one) => there.includes(one), path.posix);

  test('is the nearest folder with a config or a reference folder', () => {
    expect(rootOf('/team/reference')).toBe('/team');
    expect(rootOf('/team/reference', '/team/projects/nbflow.config.json')).toBe('/team/projects');
  });

  test("is the file's folder when there is none", () => {
    expect(rootOf()).toBe('/team/projects/may/x');
  });
});
