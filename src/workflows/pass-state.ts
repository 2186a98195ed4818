/** What a running pass knows about itself, and how it shows it: the query, the UI's details, the search attribute. */
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { GenerationCounts } from '../flow/ledger';
import type { Wait } from '../flow/gates';
import { waitWords } from '../flow/gates';
import type { NodeOutcome } from '../flow/outcome';
import { NO_GENERATIONS } from '../flow/outcome';
import { SEARCH_ATTRIBUTES } from '../names';
import type { CarriedPass, OpenedPass, PassInput, PassNode, PassProgress, ProgressNode } from './messages';
import { passDetails } from './details';
import { totalsOf } from './messages';
import { PastWaits } from './past-waits';

const STATE_KEY = defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, SearchAttributeType.KEYWORD);

export class PassState {
  readonly startedAt: number;
  readonly outcomes: Record<string, NodeOutcome>;
  opened: OpenedPass | null;
  output: string | null = null;
  servers: readonly string[];
  readonly past: PastWaits;
  private readonly running = new Set<string>();
  /** Nodes that wait for a person while others are at work. */
  private readonly parked = new Map<string, NodeOutcome>();
  /** What nodes that wait at the gate had paid when they got there. */
  private readonly partial = new Map<string, GenerationCounts>();
  private readonly searchable: boolean;
  private state: PassProgress['state'] = 'opening';
  private waits: readonly Wait[] = [];
  private cancelling = false;
  private searched: string = 'opening';
  private since: number;

  constructor(input: PassInput, now: number) {
    const carried: CarriedPass | undefined = input.carried;
    this.startedAt = carried?.startedAt ?? now;
    this.outcomes = { ...carried?.outcomes };
    this.opened = carried?.opened ?? null;
    this.past = new PastWaits(carried?.past);
    this.searchable = input.searchAttributes;
    this.since = now;
    this.servers = input.options.servers;
  }

  begin(opened: OpenedPass): void {
    this.opened = opened;
    for (const node of opened.nodes) if (node.settled) this.outcomes[node.key] ??= node.settled;
    this.enter('running');
  }

  started(node: PassNode): void {
    this.parked.delete(node.key);
    this.running.add(node.key);
    this.show();
  }

  /** What the node would end as, were the pass to end now. */
  park(node: PassNode, outcome: NodeOutcome): void {
    this.running.delete(node.key);
    this.parked.set(node.key, outcome);
    this.show();
  }

  parkedOutcome(key: string): NodeOutcome | null {
    return this.parked.get(key) ?? null;
  }

  isParked(key: string): boolean {
    return this.parked.has(key) && this.outcomes[key] === undefined;
  }

  nodeOf(key: string): PassNode | undefined {
    return this.opened?.nodes.find((node) => node.key === key);
  }

  ended(node: PassNode, outcome: NodeOutcome): void {
    this.running.delete(node.key);
    this.outcomes[node.key] = outcome;
    this.show();
  }

  /** Counts are totals of the node in this pass, so the newest is the right one. */
  spent(node: PassNode, counts: GenerationCounts | null): void {
    if (counts) this.partial.set(node.key, counts);
  }

  spentBy(node: PassNode): GenerationCounts {
    return this.partial.get(node.key) ?? NO_GENERATIONS;
  }

  /** What the pass waits for now; `cancelling`: it brings home what is paid for, then ends. */
  waiting(waits: readonly Wait[], cancelling: boolean): void {
    this.waits = waits;
    this.past.see(waits, Date.now());
    this.cancelling = cancelling;
    this.enter(this.state);
  }

  enter(state: PassProgress['state'], ended?: string): void {
    const before = this.shownState();
    this.state = state;
    const shown = this.shownState();
    if (shown !== before) this.since = Date.now();
    if (this.searchable && shown !== this.searched)
      upsertSearchAttributes([{ key: STATE_KEY, value: ended ?? (this.searched = shown) }]);
    this.show();
  }

  progress(): PassProgress {
    const nodes = this.opened?.nodes ?? [];
    return {
      state: this.shownState(),
      waitingFor: this.waits.length === 0 ? null : this.waits.map(waitWords).join('; '),
      since: this.waits[0]?.since ?? new Date(this.since).toISOString(),
      waits: this.waits,
      servers: this.servers,
      startedAt: new Date(this.startedAt).toISOString(),
      code: this.opened?.code ?? null,
      fileVersion: this.opened?.fileVersion ?? null,
      price: this.opened?.price ?? 0,
      nodes: nodes.map((node) => this.progressOf(node)),
      totals: totalsOf(this.outcomes),
      output: this.output,
    };
  }

  progressOf(node: PassNode): ProgressNode {
    const outcome = this.outcomes[node.key] ?? this.parked.get(node.key);
    const { key, label, account, scene, kind, candidates } = node;
    const state = outcome?.state ?? (this.running.has(key) ? 'running' : 'waiting');
    const { paid } = outcome ?? this.spentBy(node);
    return { key, label, account, scene, kind, candidates, state, reason: outcome?.reason ?? null, paid };
  }

  private shownState(): PassProgress['state'] {
    if (this.state === 'ended') return 'ended';
    if (this.waits.some(({ gate }) => gate !== 'pause')) return 'waiting';
    if (this.state === 'exporting') return 'exporting';
    if (this.cancelling) return 'cancelling';
    return this.waits.length > 0 ? 'paused' : this.state;
  }

  private show(): void {
    setCurrentDetails(passDetails(this.progress()));
  }
}
