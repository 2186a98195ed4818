import type { NodeProgress, PassNode } from '../workflows/messages';

export type CandidateStage = 'open' | 'generated' | 'stored';

/** Counts what a node's heartbeats tell: how many candidates are made, stored, paid. */
export class ProgressMeter {
  private readonly stages = new Map<string, CandidateStage>();
  private readonly node: PassNode;
  private saving = false;
  /** Generations of this node paid in this pass so far. */
  paid = 0;

  constructor(node: PassNode) {
    this.node = node;
  }

  set(row: number, candidate: number, stage: CandidateStage): void {
    this.stages.set(`${row}.${candidate}`, stage);
  }

  save(): void {
    this.saving = true;
  }

  details(): NodeProgress {
    const all = [...this.stages.values()];
    const stored = all.filter((stage) => stage === 'stored').length;
    const made = all.filter((stage) => stage !== 'open').length;
    const allMade = all.length > 0 && made === all.length;
    const stage = this.saving ? 'saving' : all.length === 0 ? 'preparing' : allMade ? 'uploading' : 'generating';
    return {
      key: this.node.key,
      stage,
      done: allMade ? stored : made,
      candidates: all.length || this.node.candidates,
      paid: this.paid,
    };
  }
}
