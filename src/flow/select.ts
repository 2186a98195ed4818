/** Which generators a pass is about: mode, scenes, accounts, nodes and rows as people name them. */
import { listed, nearestName, nearestNumber, nearestScene } from './nearest';
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

/** What was asked for and is nowhere in the file, in words, with the nearest that is; empty when all of it exists. */
export function selectionProblems(compiled: CompiledFlow, selection: Selection): readonly string[] {
  const { generators } = compiled;
  const missing = <T>(asked: readonly T[], has: (generator: Generator, value: T) => boolean): readonly T[] =>
    asked.filter((value) => !generators.some((generator) => has(generator, value)));
  return [
    ...missing(selection.scenes, (g, scene) => sceneMatches(scene, g.scene)).map((scene) => noScene(scene, generators)),
    ...missing(selection.accounts, (g, account) => accountMatches(account, g.account)).map((account) =>
      noAccount(account, generators),
    ),
    ...missing(selection.nodes, (g, id) => g.id === id).map((id) => {
      const nearest = nearestNumber(
        id,
        generators.map((g) => g.id),
      );
      return `There is no picture or clip node ${id} in this file.${meant(nearest)}`;
    }),
    ...missing(selection.rows, (g, row) => g.rows.some((r) => r.row === row)).map((row) => noRow(row, generators)),
  ];
}

function noScene(asked: string, generators: readonly Generator[]): string {
  const scenes = generators.flatMap(({ scene }) => scene ?? []);
  if (scenes.length === 0) return `There is no Scene ${asked} in this file: no title there has a scene number.`;
  return `There is no Scene ${asked} in this file. There ${areOrIs(scenes)} ${listed(scenes)}.${meant(nearestScene(asked, scenes))}`;
}

function noAccount(asked: string, generators: readonly Generator[]): string {
  const accounts = [...new Set(generators.map(({ account }) => account.trim()).filter(Boolean))];
  if (accounts.length === 0) return `There is no account ${asked} in this file: its tabs have no names.`;
  // Whoever types one letter means the last word of a tab's name.
  const short = accounts.map((account) => account.split(/\s+/).at(-1) ?? account);
  const nearest = nearestName(asked, new Set(short).size === short.length ? [...short, ...accounts] : accounts);
  return `There is no account ${asked} in this file. There ${areOrIs(accounts)} ${accounts.join(', ')}.${meant(nearest)}`;
}

function noRow(asked: number, generators: readonly Generator[]): string {
  const rows = [...new Set(generators.flatMap((one) => one.rows.map(({ row }) => row)))];
  return `No node has a row ${asked}. There ${areOrIs(rows)} ${listed(rows)}.${meant(nearestNumber(asked, rows))}`;
}

function areOrIs(values: readonly unknown[]): string {
  return new Set(values).size === 1 ? 'is only' : 'are';
}

function meant(nearest: string | number | null): string {
  return nearest === null ? '' : ` Did you mean ${nearest}?`;
}

function matchesAny<T>(asked: readonly T[], matches: (value: T) => boolean): boolean {
  return asked.length === 0 || asked.some(matches);
}
