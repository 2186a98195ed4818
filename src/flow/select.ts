/** Which generators a pass is about: mode, scenes, accounts, nodes and rows as people name them. */
import type { PlanOptions } from './plan-types';
import { accountMatches, sceneMatches } from './scene';
import type { CompiledFlow, Generator, GeneratorRow } from './types';

/** The part of the options that selects. */
export type Selection = Pick<PlanOptions, 'mode' | 'scenes' | 'accounts' | 'nodes' | 'rows'>;

/** Whether a generator is asked for. A node without any of the asked rows is not. */
export function isSelected(generator: Generator, selection: Selection): boolean {
  if (selection.mode === 'images' && generator.kind !== 'image') return false;
  if (selection.nodes.length > 0 && !selection.nodes.includes(generator.id)) return false;
  if (!matchesAny(selection.scenes, (scene) => sceneMatches(scene, generator.scene))) return false;
  if (!matchesAny(selection.accounts, (account) => accountMatches(account, generator.account))) return false;
  return selectedRows(generator, selection).length > 0 || generator.rows.length === 0;
}

/** The asked rows of a generator, all when none are named. */
export function selectedRows(generator: Generator, selection: Pick<Selection, 'rows'>): readonly GeneratorRow[] {
  if (selection.rows.length === 0) return generator.rows;
  return generator.rows.filter(({ row }) => selection.rows.includes(row));
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
    ...missing(selection.scenes, (g, scene) => sceneMatches(scene, g.scene)).map(
      (scene) => `no scene ${scene} in this file; it has: ${listed(generators.map((g) => g.scene))}`,
    ),
    ...missing(selection.accounts, (g, account) => accountMatches(account, g.account)).map(
      (account) => `no account ${account} in this file; it has: ${listed(generators.map((g) => g.account))}`,
    ),
    ...missing(selection.nodes, (g, id) => g.id === id).map((id) => `no generator node ${id} in this file`),
    ...missing(selection.rows, (g, row) => g.rows.some((r) => r.row === row)).map((row) => `no node has a row ${row}`),
  ];
}

function matchesAny<T>(asked: readonly T[], matches: (value: T) => boolean): boolean {
  return asked.length === 0 || asked.some(matches);
}
