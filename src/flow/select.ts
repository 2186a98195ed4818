/** Which generators a pass is about: mode, scenes, accounts, nodes and rows as people name them. */
import type { PlanOptions } from './plan-types';
import type { CompiledFlow, Generator, GeneratorRow } from './types';

/** The part of the options that selects. */
export type Selection = Pick<PlanOptions, 'mode' | 'scenes' | 'accounts' | 'nodes' | 'rows'>;

/** Whether a generator is asked for. A node without any of the asked rows is not. */
export function isSelected(generator: Generator, selection: Selection): boolean {
  if (selection.mode === 'images' && generator.kind !== 'image') return false;
  if (selection.nodes.length > 0 && !selection.nodes.includes(generator.id)) return false;
  if (!matchesAny(selection.scenes, (scene) => matchesScene(generator.scene, scene))) return false;
  if (!matchesAny(selection.accounts, (account) => matchesAccount(generator.account, account))) return false;
  return selectedRows(generator, selection).length > 0 || generator.rows.length === 0;
}

/** The asked rows of a generator, all when none are named. */
export function selectedRows(generator: Generator, selection: Pick<Selection, 'rows'>): readonly GeneratorRow[] {
  if (selection.rows.length === 0) return generator.rows;
  return generator.rows.filter(({ row }) => selection.rows.includes(row));
}

/** `9`, `09` and `Scene 9` mean 09, 09a and 09b; `9a` means 09a alone; never 10 or 19 (D27). */
export function matchesScene(scene: string | null, asked: string): boolean {
  const have = scene === null ? null : sceneParts(scene);
  const want = sceneParts(asked);
  if (have === null || want === null) return false;
  return have.number === want.number && (want.letters === '' || have.letters === want.letters);
}

/** The whole tab name or its last word, case and outer space aside. */
export function matchesAccount(account: string, asked: string): boolean {
  const want = normalized(asked);
  const have = normalized(account);
  return want !== '' && (have === want || have.split(/\s+/).at(-1) === want);
}

/** What was asked for and is nowhere in the file, in words; empty when all of it exists. */
export function selectionProblems(compiled: CompiledFlow, selection: Selection): readonly string[] {
  const { generators } = compiled;
  const listed = (values: readonly (string | number | null)[]): string => {
    const distinct = [...new Set(values)].filter((value) => value !== null && value !== '');
    return distinct.length === 0 ? 'none' : distinct.join(', ');
  };
  const missing = <T>(asked: readonly T[], has: (generator: Generator, value: T) => boolean): readonly T[] =>
    asked.filter((value) => !generators.some((generator) => has(generator, value)));
  return [
    ...missing(selection.scenes, (g, scene) => matchesScene(g.scene, scene)).map(
      (scene) => `no scene ${scene} in this file; it has: ${listed(generators.map((g) => g.scene))}`,
    ),
    ...missing(selection.accounts, (g, account) => matchesAccount(g.account, account)).map(
      (account) => `no account ${account} in this file; it has: ${listed(generators.map((g) => g.account))}`,
    ),
    ...missing(selection.nodes, (g, id) => g.id === id).map((id) => `no generator node ${id} in this file`),
    ...missing(selection.rows, (g, row) => g.rows.some((r) => r.row === row)).map((row) => `no node has a row ${row}`),
  ];
}

function matchesAny<T>(asked: readonly T[], matches: (value: T) => boolean): boolean {
  return asked.length === 0 || asked.some(matches);
}

function sceneParts(text: string): { readonly number: string; readonly letters: string } | null {
  const parts = /^(?:scene)?\s*0*(\d+)\s*(\p{L}*)$/iu.exec(text.trim());
  return parts?.[1] === undefined ? null : { number: parts[1], letters: (parts[2] ?? '').toLowerCase() };
}

function normalized(text: string): string {
  return text.trim().normalize('NFC').toLowerCase();
}
