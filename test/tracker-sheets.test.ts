import { columnName, GoogleSheets } from '../src/clients/google-sheets';
import { GoogleTracker } from '../src/tracker-sheets';
import { syncTracker } from '../src/tracker-sync';
import type { TrackerPlan, TrackerWorkflow } from '../src/flow/tracker-types';
import type { GoogleStandIn, StandInTab } from './helpers/google';
import { googleError, googleStandIn, SPREADSHEET } from './helpers/google';
import { EMAIL, keyPair } from './helpers/google-keys';
import { recordsOf, workflowOf } from './helpers/sheets';

let google: GoogleStandIn;
let waits: number[];
beforeEach(async () => {
  google = await googleStandIn();
  waits = [];
});
afterEach(() => google.close());

const wait = (ms: number): Promise<void> => Promise.resolve(void waits.push(ms));
function tracker(spreadsheet = SPREADSHEET, privateKey = google.keys.privateKey): GoogleTracker {
  const identity = { spreadsheet, email: EMAIL, keyFile: '/keys/tracker.json' };
  return new GoogleTracker(identity, () =>
    GoogleSheets.open(spreadsheet, { email: EMAIL, privateKey }, { fetch: google.fetch, wait }),
  );
}
const sync = (...workflows: readonly TrackerWorkflow[]): Promise<TrackerPlan> =>
  syncTracker(tracker(), workflows, { dryRun: false });
const tab = (title: string): StandInTab => google.tabs.find((one) => one.title === title) as StandInTab;
const writes = (): string[] => google.calls.filter((call) => call.includes(':batchUpdate'));
const refused = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'not refused',
    (error: unknown) => error,
  );

test('tabs are made, rows written as raw text; a second sync writes nothing', async () => {
  const notes = '=IMPORTXML("https://example.com")';
  const workflow = workflowOf('XYZG3', { notes, history: [{ date: '2026-11-27', version: 'V0-1', notes: '+1' }] });
  await sync(workflow);
  expect(google.tabs.map(({ title }) => title)).toEqual([
    'Sheet1',
    'Approved Workflows',
    'Testing Workflows',
    'Version History',
  ]);
  expect(recordsOf(tab('Testing Workflows').values)).toEqual([
    expect.objectContaining({ Workflow: 'XYZG3', Notes: notes }),
  ]);
  expect(recordsOf(tab('Version History').values)).toEqual([
    expect.objectContaining({ Workflow: 'XYZG3', Notes: '+1' }),
  ]);
  const before = writes().length;
  await sync(workflow);
  expect(writes()).toHaveLength(before);
});

test("people's rows and columns stay, rows move with them, grids that are full grow", async () => {
  google.tabs.push(
    {
      title: 'testing workflows',
      id: 7,
      rows: 3,
      columns: 4,
      values: [
        ['Owner', 'Workflow', 'Status', 'Mood'],
        ['Ann', 'XYZG3', 'Testing', 'joy'],
        ['Bob', 'an idea'],
      ],
    },
    { title: 'Approved Workflows', id: 8, rows: 1, columns: 2, values: [['Workflow', 'Owner']] },
  );
  await sync(workflowOf('XYZG3', { status: 'approved' }), workflowOf('XYZG4'));
  const [idea, added] = recordsOf(tab('testing workflows').values);
  expect(idea).toMatchObject({ Owner: 'Bob', Workflow: 'an idea' });
  expect(added).toMatchObject({ Owner: '', Workflow: 'XYZG4' });
  expect(recordsOf(tab('Approved Workflows').values)).toEqual([
    expect.objectContaining({ Workflow: 'XYZG3', Owner: 'Ann', Mood: 'joy' }),
  ]);
  expect((await sync(workflowOf('XYZG3', { status: 'approved' }), workflowOf('XYZG4'))).edits).toEqual([]);
});

test('a row that is no longer where it was is not removed; it is looked again and the right one goes', async () => {
  google.tabs.push({ title: 'Testing Workflows', id: 7, rows: 9, columns: 9, values: [['Workflow'], ['XYZG3']] });
  let inserted = false;
  google.onCall = (call) => {
    if (inserted || !call.includes('/values:batchUpdate')) return;
    inserted = true;
    tab('Testing Workflows').values.splice(1, 0, ["somebody's new row"]);
  };
  await sync(workflowOf('XYZG3', { status: 'approved' }));
  expect(tab('Testing Workflows').values.map(([code]) => code)).toEqual(['Workflow', "somebody's new row"]);
  expect(recordsOf(tab('Approved Workflows').values)).toHaveLength(1);
});

test.each([
  ['busy for a while', 429, 3],
  ['in trouble for a while', 503, 3],
])('Google is %s: it is asked again, with growing pauses, and nothing is there twice', async (_, status, times) => {
  google.fail({ path: /values:batchUpdate/, status, times, headers: { 'retry-after': '2' } });
  await sync(workflowOf('XYZG3'));
  expect(waits).toHaveLength(times);
  expect(waits.every((ms) => ms >= 2000)).toBe(true);
  expect(recordsOf(tab('Testing Workflows').values)).toHaveLength(1);
});

test('an answer that was lost after cells were written is no harm', async () => {
  google.fail({ path: /values:batchUpdate/, status: 502, times: 1, afterwards: true });
  await sync(workflowOf('XYZG3'));
  expect(recordsOf(tab('Testing Workflows').values)).toHaveLength(1);
});

test('the removal of a row is never repeated when its answer is lost: the next sync looks first', async () => {
  const sheet = {
    title: 'Testing Workflows',
    id: 7,
    rows: 9,
    columns: 9,
    values: [['Workflow'], ['XYZG3'], ['XYZG4']],
  };
  google.tabs.push(sheet);
  const workflows = [workflowOf('XYZG3', { status: 'approved' }), workflowOf('XYZG4')];
  google.onCall = (call) => {
    if (
      call.endsWith(`${SPREADSHEET}:batchUpdate`) &&
      recordsOf(google.tabs.find(({ title }) => title === 'Approved Workflows')?.values ?? []).length > 0
    )
      google.fail({ path: /:batchUpdate$/, status: 502, times: 1, afterwards: true });
  };
  expect(await refused(sync(...workflows))).toMatchObject({ type: 'Tracker.Unreachable', exitCode: 4 });
  google.onCall = () => undefined;
  expect(tab('Testing Workflows').values.map(([code]) => code)).toEqual(['Workflow', 'XYZG4']);
  expect(await sync(...workflows)).toMatchObject({ edits: [], removals: [] });
});

describe('refusals say what happened and what to do', () => {
  test.each([
    [401, {}, 'Tracker.Refused', 6, /does not accept the key in \/keys\/tracker.json/, /clock/],
    [
      403,
      googleError(403, 'PERMISSION_DENIED', 'The caller does not have permission'),
      'Tracker.Refused',
      6,
      /may not change the spreadsheet/,
      new RegExp(`add ${EMAIL} as an editor`),
    ],
    [
      403,
      googleError(
        403,
        'PERMISSION_DENIED',
        'Google Sheets API has not been used in project 1 before or it is disabled.',
      ),
      'Tracker.Refused',
      6,
      /may not use Google Sheets yet/,
      /Enable the Google Sheets API/,
    ],
    [
      404,
      googleError(404, 'NOT_FOUND', 'Requested entity was not found.'),
      'Usage',
      2,
      /no spreadsheet spreadsheet-of-the-tests/,
      /NBFLOW_TRACKER_SPREADSHEET/,
    ],
    [
      400,
      googleError(400, 'FAILED_PRECONDITION', 'This operation is not supported for this document'),
      'Tracker.Refused',
      6,
      /did not take/,
      /uploaded Excel/,
    ],
    [
      429,
      googleError(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded'),
      'Tracker.Unreachable',
      4,
      /asked too much.*Quota exceeded/,
      /Wait a minute/,
    ],
    [
      500,
      googleError(500, 'INTERNAL', 'Internal error'),
      'Tracker.Unreachable',
      4,
      /trouble of its own/,
      /Wait a minute/,
    ],
  ])('%i %j', async (status, body, type, exitCode, words, next) => {
    google.fail({ path: /values:batchUpdate/, status, body, times: 99 });
    const error = await refused(sync(workflowOf('XYZG3')));
    expect(error).toMatchObject({ type, exitCode, message: expect.stringMatching(words) as string });
    expect((error as { next: string[] }).next.join('\n')).toMatch(next);
  });

  test('a key that Google does not know', async () => {
    const error = await refused(tracker(SPREADSHEET, keyPair().privateKey).read());
    expect(error).toMatchObject({
      type: 'Tracker.Refused',
      exitCode: 6,
      message: 'Google does not accept the key in /keys/tracker.json (Google: invalid_grant: Invalid JWT Signature.)',
    });
    expect(JSON.stringify(error)).not.toContain('PRIVATE');
  });

  test('another spreadsheet', async () => {
    expect(await refused(tracker('another-one').read())).toMatchObject({ type: 'Usage', exitCode: 2 });
  });

  test('no network', async () => {
    await google.close();
    const error = await refused(tracker().read());
    expect(error).toMatchObject({
      type: 'Tracker.Unreachable',
      exitCode: 4,
      message: expect.stringContaining('connection refused') as string,
    });
    google = await googleStandIn();
  });
});

test.each([
  [0, 'A'],
  [25, 'Z'],
  [26, 'AA'],
  [701, 'ZZ'],
  [702, 'AAA'],
])('column %i is %s', (index, name) => expect(columnName(index)).toBe(name));
