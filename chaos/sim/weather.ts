/** How rough a run is: which troubles there are, and how often. Drawn once per run, so that runs differ in kind. */
import type { Choices } from './choices';

export interface Weather {
  /** How often things complete out of turn. */
  readonly disorder: number;
  /** How often something takes much longer than usual. */
  readonly slowness: number;
  readonly submitFaults: number;
  readonly askFaults: number;
  readonly downloadFaults: number;
  /** Receipts that the disk does not take. */
  readonly diskFaults: number;
  /** Per step of the schedule, and per named step of the protocol. */
  readonly strikes: number;
  readonly namedStrikes: number;
  readonly mostStrikes: number;
  /** Tasks that G-Labs fails. */
  readonly failures: number;
  /** How often G-Labs' clock is set just as it takes a task. */
  readonly restlessClock: number;
  /** Another client uses our words. */
  readonly sameWordsElsewhere: boolean;
}

export function drawWeather(choices: Choices): Weather {
  const rate = (name: string, values: readonly [number, ...number[]]): number => choices.one(`weather ${name}`, values);
  return {
    disorder: rate('disorder', [0, 0.1, 0.4, 0.8]),
    slowness: rate('slowness', [0, 0.02, 0.1]),
    submitFaults: rate('submit', [0, 0.1, 0.3, 0.6]),
    askFaults: rate('ask', [0, 0, 0.02, 0.1]),
    downloadFaults: rate('download', [0, 0, 0.1, 0.4]),
    diskFaults: rate('disk', [0, 0, 0, 0.01, 0.1]),
    strikes: rate('strikes', [0, 0.005, 0.02, 0.06]),
    namedStrikes: rate('named strikes', [0, 0, 0.05, 0.2]),
    mostStrikes: rate('most strikes', [0, 2, 4, 8]),
    failures: rate('failures', [0, 0, 0, 0.1]),
    restlessClock: rate('restless clock', [0, 0, 0, 0, 0.1]),
    sameWordsElsewhere: choices.chance('weather same words elsewhere', 0.05),
  };
}
