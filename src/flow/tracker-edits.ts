import type { Grid } from './tracker-columns';
import type { CellEdit, RowRemoval } from './tracker-types';

export interface EditedRow {
  readonly cells: readonly string[];
  /** Index that the row had before; null for a new one. */
  readonly was: number | null;
  readonly changed: boolean;
}

/** The rows of one tab after edits and removals of that tab. `render` makes the text of a cell. */
export function editedRows(
  grid: Grid,
  edits: readonly CellEdit[],
  removals: readonly RowRemoval[],
  render: (edit: CellEdit) => string = ({ value }) => value,
): readonly EditedRow[] {
  const cells = grid.map((row) => [...row]);
  const changed = new Set<number>();
  for (const edit of edits) {
    while (cells.length <= edit.row) cells.push([]);
    const row = cells[edit.row] ?? [];
    while (row.length < edit.column) row.push('');
    row[edit.column] = render(edit);
    changed.add(edit.row);
  }
  const removed = new Set(removals.map(({ row }) => row));
  return cells.flatMap((row, index) =>
    removed.has(index)
      ? []
      : [{ cells: row, was: index < grid.length ? index : null, changed: changed.has(index) || index >= grid.length }],
  );
}
