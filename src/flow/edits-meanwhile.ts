/** What a person did to the file while a pass ran over it, in sentences for the end of the pass. */
import type { CompiledFlow, Finding, Generator, Source } from './types';

export interface Meanwhile {
  /** The file as the pass began with it. */
  readonly before: CompiledFlow;
  /** The file as it is now. */
  readonly after: CompiledFlow;
  /** Keys of the nodes that the pass was about. */
  readonly planned: readonly string[];
  /** Whether all that a node of `after` needs is made from what it says. */
  readonly isMade: (generator: Generator) => boolean;
}

/** Deleted and edited nodes of the pass, and nodes that came new; nothing when the file says what it said. */
export function editsMeanwhile({ before, after, planned, isMade }: Meanwhile): readonly string[] {
  const about = planned.flatMap((key) => before.byKey.get(key) ?? []);
  const gone = about.filter((was) => !sameNode(after, was));
  const edited = about.flatMap((was) => {
    const is = sameNode(after, was);
    return is && saidBy(is) !== saidBy(was) ? [is] : [];
  });
  const added = after.generators.filter((is) => !sameNode(before, is));
  return [
    ...gone.map(
      ({ title }) =>
        `"${title}" was deleted while the pass ran. What was made for it is kept in Assets and in the receipts.`,
    ),
    ...edited.map((is) =>
      isMade(is)
        ? `"${is.title}" was edited while the pass ran; it was made as the file says now.`
        : `"${is.title}" was edited while the pass ran; what is made of it is as it was before. The next run makes it as the file says now.`,
    ),
    ...added.map(({ title }) => `"${title}" was added while the pass ran; the next run makes it.`),
  ];
}

/**
 * Errors of the check that touch a generator: its own, and those of the nodes that feed it. A pass begins without any;
 * later ones come from an edit, and an edit elsewhere must not hold up this node.
 */
export function errorsAbout(flow: CompiledFlow, { tab, id }: Generator): readonly Finding[] {
  const feeding = new Set([id]);
  const links = flow.document.tabs[tab]?.links ?? [];
  // A set is walked in the order of its growth, so every node that is found is visited too.
  for (const node of feeding) for (const { from, to } of links) if (to === node) feeding.add(from);
  return flow.findings.filter(
    (finding) =>
      finding.severity === 'error' && finding.tab === tab && finding.node !== null && feeding.has(finding.node),
  );
}

/** Tabs may have been moved: the id and the account tell. */
function sameNode(flow: CompiledFlow, { id, account, key, kind }: Generator): Generator | undefined {
  const alike = flow.generators.filter((one) => one.id === id && one.kind === kind);
  return (
    alike.find((one) => one.key === key && one.account === account) ??
    alike.find((one) => one.account === account) ??
    (alike.length === 1 ? alike[0] : undefined)
  );
}

/** All that decides about what is made. A local picture becomes a link when a pass opens: that is no edit. */
function saidBy({ model, aspectRatio, resolution, durationSeconds, outputCount, rows }: Generator): string {
  const place = (source: Source | null): string | null => {
    if (source === null) return null;
    return source.kind === 'generated' ? source.from : 'picture';
  };
  const made = rows.map((row) => [row.prompt, row.references.map(place), place(row.startFrame), place(row.endFrame)]);
  return JSON.stringify([model, aspectRatio, resolution, durationSeconds, outputCount, made]);
}
