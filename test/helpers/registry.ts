/** A team's version registry with things in it that are not ours. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface TestRegistry {
  readonly path: string;
  /** As it was written first. */
  readonly original: string;
  text(): string;
  write(text: string): void;
  notes(): readonly { readonly version: string; readonly notes: string }[];
  currentVersion(): string;
}

/** Has the workflow XYZG3, with `1.0` spelt so that a rewriting of the file would show. */
export function makeRegistry(root: string): TestRegistry {
  const path = join(root, 'reference', 'version-registry.json');
  const original = `{
  "brands": { "xyz-wellness": { "file": "brands/xyz-wellness.md", "mood": 1.0 } },
  "workflows": {
    "xyz-wellness": {
      "XYZG3": {
        "current_version": "V0-1",
        "status": "testing",
        "owner": {"name":   "Ann"},
        "last_updated": "2026-05-12",
        "history": [
          { "version": "V0-1", "date": "2026-05-12", "notes": "first storyboard", "by": "Ann" }
        ]
      }
    }
  }
}
`;
  mkdirSync(join(root, 'reference'), { recursive: true });
  writeFileSync(path, original);
  const text = (): string => readFileSync(path, 'utf8');
  const workflow = (): Workflow => (JSON.parse(text()) as Registry).workflows['xyz-wellness'].XYZG3;
  return {
    path,
    original,
    text,
    write: (changed) => writeFileSync(path, changed),
    notes: () => workflow().history,
    currentVersion: () => workflow().current_version,
  };
}

interface Workflow {
  readonly current_version: string;
  readonly history: readonly { readonly version: string; readonly notes: string }[];
}

interface Registry {
  readonly workflows: { readonly 'xyz-wellness': { readonly XYZG3: Workflow } };
}
