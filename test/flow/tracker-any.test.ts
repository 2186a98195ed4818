import fc from 'fast-check';
import { isUpToDate, planTracker } from '../../src/flow/tracker';
import type { Grid } from '../../src/flow/tracker-columns';
import { shown } from '../../src/flow/tracker-columns';
import type { TrackerWorkflow } from '../../src/flow/tracker-types';
import { afterPlan, recordsOf } from '../helpers/sheets';

const APPROVED = 'Approved Workflows';
const TESTING = 'Testing Workflows';
const HISTORY = 'Version History';

describe('whatever people and workflows there are', () => {
  const text = fc.oneof(fc.constantFrom('', '=1', '-', "'=a", 'x\r\ny', ' z '), fc.string({ maxLength: 6 }));
  const maybe = fc.option(text, { nil: null });
  const workflow: fc.Arbitrary<TrackerWorkflow> = fc.record({
    code: fc.constantFrom('XYZG1', 'XYZG2', 'XYZS1', 'ABCG1'),
    brand: fc.constantFrom('xyz', 'abc'),
    version: fc.constantFrom(null, 'V0-1', 'V1', 'V2-0-1'),
    status: fc.constantFrom(null, 'testing', 'approved', 'archived', 'on hold'),
    fanOut: maybe,
    updated: maybe,
    file: maybe,
    link: maybe,
    notes: maybe,
    history: fc.array(fc.record({ date: text, version: text, notes: text }), { maxLength: 3 }),
  });
  const workflows = fc.uniqueArray(workflow, { selector: ({ code, brand }) => `${code} ${brand}`, maxLength: 5 });
  const headings = fc
    .shuffledSubarray(['Brand', 'Version', 'Status', 'Notes', 'Drive link'])
    .chain((some) => fc.shuffledSubarray(['Workflow', 'Owner', 'Mood', '', ...some], { minLength: 4 + some.length }));
  const tab: fc.Arbitrary<Grid> = fc.oneof(
    fc.constant([]),
    fc
      .tuple(
        headings,
        fc.array(fc.array(fc.oneof(text, fc.constantFrom('XYZG1', 'ABCG1', 'xyz')), { maxLength: 9 }), {
          maxLength: 5,
        }),
      )
      .map(([head, rows]) => [head, ...rows]),
  );
  const sheets = fc.record({ [APPROVED]: tab, [TESTING]: tab, [HISTORY]: tab });

  test('after one sync the tracker says it, and the next has nothing to do', () => {
    fc.assert(
      fc.property(workflows, sheets, (wanted, before) => {
        const after = afterPlan(before, planTracker(wanted, before));
        const again = planTracker(wanted, after);
        expect(again.edits).toEqual([]);
        expect(isUpToDate(again)).toBe(true);
        for (const { code, version, status } of wanted) {
          const rows = [...recordsOf(after[TESTING]), ...recordsOf(after[APPROVED])];
          const mine = rows.filter((row) => shown(row['Workflow'] ?? '').toUpperCase() === code);
          expect(mine.length).toBeGreaterThan(0);
          const versions = mine.map((row) => row['Current version'] ?? row['Version']);
          if (version !== null) expect(versions).toContain(version);
          if (status !== null) expect(mine.map((row) => row['Status'])).toContain(status);
        }
      }),
      { numRuns: 400 },
    );
  });

  test("rows that are no workflow's and all cells of people's are there afterwards, in their order", () => {
    fc.assert(
      fc.property(workflows, sheets, (wanted, before) => {
        const after = afterPlan(before, planTracker(wanted, before));
        for (const name of [APPROVED, TESTING] as const) {
          const others = (grid: Grid): Grid => {
            const at = grid[0]?.findIndex((cell) => cell === 'Workflow') ?? -1;
            return grid
              .slice(1)
              .filter(
                (row) =>
                  row.some((cell) => cell.trim() !== '') &&
                  !wanted.some(({ code }) => shown(row[at] ?? '').toUpperCase() === code),
              );
          };
          expect(others(after[name]).slice(0, others(before[name]).length)).toEqual(others(before[name]));
        }
        const owners = (grids: typeof before): string[] =>
          [...recordsOf(grids[APPROVED]), ...recordsOf(grids[TESTING])]
            .map((row) => row['Owner']?.trim() ?? '')
            .filter((owner) => owner !== '');
        expect([...new Set(owners(after))].sort()).toEqual([...new Set(owners(before))].sort());
      }),
      { numRuns: 400 },
    );
  });
});
