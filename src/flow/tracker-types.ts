import type { Sheets, Tab, WorkflowTab } from './tracker-columns';

export interface TrackerNote {
  /** `2026-11-27`, or as the registry has it; empty when not known. */
  readonly date: string;
  readonly version: string;
  readonly notes: string;
}

/** What the tracker is to say about one workflow. Null: not known, so what stands there stays. */
export interface TrackerWorkflow {
  readonly code: string;
  readonly brand: string | null;
  readonly version: string | null;
  /** `testing`, `approved`, `archived`, or a word of the team's. */
  readonly status: string | null;
  readonly fanOut: string | null;
  readonly updated: string | null;
  /** The newest .nbflow, relative to the project root. */
  readonly file: string | null;
  /** Where it is on Drive. */
  readonly link: string | null;
  /** Of the newest entry. */
  readonly notes: string | null;
  /** Oldest first. */
  readonly history: readonly TrackerNote[];
}

/** Rows and columns count from 0, as they are before any removal. */
export interface CellEdit {
  readonly tab: Tab;
  readonly row: number;
  readonly column: number;
  readonly value: string;
  /** False for a cell of people's that goes with its row into another tab. */
  readonly ours: boolean;
}

export interface RowRemoval {
  readonly tab: WorkflowTab;
  readonly row: number;
  /** What the row is about, so that a row that has meanwhile become another is not removed. */
  readonly code: string;
  /** Where the code stands in it. */
  readonly column: number;
}

export interface RowOutcome {
  readonly code: string;
  readonly brand: string | null;
  readonly outcome: 'added' | 'updated' | 'moved' | 'unchanged';
  readonly tab: WorkflowTab;
  /** Only when it moved. */
  readonly from: WorkflowTab | null;
  readonly cells: readonly { readonly column: string; readonly before: string; readonly after: string }[];
}

export interface TrackerPlan {
  /** To be written before any row is removed: who dies in between leaves a row twice, which the next sync mends. */
  readonly edits: readonly CellEdit[];
  readonly removals: readonly RowRemoval[];
  readonly rows: readonly RowOutcome[];
  readonly newHistory: readonly (TrackerNote & { readonly code: string })[];
  /** Columns that were missing. */
  readonly newColumns: readonly { readonly tab: Tab; readonly heading: string }[];
  /** What a person has to look at. */
  readonly warnings: readonly string[];
}

/** Where a tracker is kept. */
export interface TrackerStore {
  /** As people find it: a folder, or an address. */
  readonly where: string;
  read(): Promise<Sheets>;
  /**
   * Writes a plan that was made of what `read` answered last. False, with nothing of it or only a part written, when somebody
   * else changed the tracker since: read and plan again.
   */
  write(plan: Pick<TrackerPlan, 'edits' | 'removals'>): Promise<boolean>;
}
