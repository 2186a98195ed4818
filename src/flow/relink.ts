/** Which right result takes the place of a wrong link. Places keep their order: the user's picks are indexes into it. */
import { candidateStates, urlsToSave } from './candidates';
import type { CandidateStates, Usable } from './candidates';
import { evidenceFor, faultAt, isReplaceable, ownershipOf } from './link-facts';
import type { LinkFacts } from './link-facts';
import type { LinkList } from './link-lists';
import type { Edit } from './patches';
import { cacheEdits } from './patches';
import type { CompiledFlow, Generator } from './types';

/** Right results for the wrong or missing entries of a list, by index; those beyond the list's end are added to it. */
export function fillersOf(
  list: Pick<LinkList, 'entries' | 'single' | 'role'>,
  isWrong: (index: number) => boolean,
  { rows }: Pick<Generator, 'rows'>,
  { places }: CandidateStates,
): ReadonlyMap<number, Usable> {
  const { entries, single, role } = list;
  const right = new Set(entries.filter((_, index) => !isWrong(index)));
  const free = places.map(({ usable }) => (usable && !(usable.url !== null && right.has(usable.url)) ? usable : null));
  const grows = role === 'cache' && !single && entries.length > 0;
  const length = grows ? Math.max(entries.length, places.length) : entries.length;
  const wrong = Array.from({ length }, (_, index) => index).filter((i) => i >= entries.length || isWrong(i));
  const fillers = new Map<number, Usable>();
  const taken = new Set<Usable>();
  const put = (index: number, usable: Usable): void => {
    fillers.set(index, usable);
    taken.add(usable);
  };
  for (const index of wrong) {
    const own = free[index];
    if (own) put(index, own);
  }
  // In one row a place means nothing; in several it names the row.
  const rest = rows.length === 1 ? free.filter((one) => one !== null && !taken.has(one)) : [];
  for (const index of wrong) {
    const next = fillers.has(index) ? null : rest.shift();
    if (next) put(index, next);
  }
  return gapless(fillers, entries.length);
}

/** A list grows only at its end, without a hole. */
function gapless(fillers: ReadonlyMap<number, Usable>, length: number): ReadonlyMap<number, Usable> {
  let end = length;
  while (fillers.has(end)) end++;
  return new Map([...fillers].filter(([index]) => index < end).sort(([a], [b]) => a - b));
}

/** Edits that put right links where wrong ones are, and fill empty caches of nodes whose results are all there. */
export function relinkEdits(compiled: CompiledFlow, facts: LinkFacts): readonly Edit[] {
  const owners = ownershipOf(facts);
  return compiled.generators.flatMap((generator) => {
    const evidence = evidenceFor(facts, owners, generator);
    const states = candidateStates(generator, facts.receipts.get(generator.key), evidence);
    const lists = facts.lists.filter((list) => list.generator?.key === generator.key && list.kind === generator.kind);
    if (!lists.some(({ role, entries }) => role === 'cache' && entries.length > 0)) {
      const urls = urlsToSave(generator, states, 'regenerate');
      return urls ? cacheEdits(compiled, generator, urls) : [];
    }
    return lists.flatMap((list) => {
      const wrong = (index: number): boolean => isReplaceable(faultAt(facts, owners, list, index));
      return [...fillersOf(list, wrong, generator, states)].flatMap(([index, { url }]) =>
        url === null ? [] : entryEdit(list, index, url),
      );
    });
  });
}

function entryEdit({ path, entries, objects, single }: LinkList, index: number, url: string): Edit[] {
  if (entries[index] === url) return [];
  if (single) return [{ path, value: url }];
  if (objects[index]) return [{ path: [...path, index, 'url'], value: url }];
  return [{ path: [...path, index], value: objects.includes(true) ? { url } : url }];
}
