/** Where a pass waits for the outside, and the words for it. Workflow-safe: plain data. */

/** What a pass can wait for. `quota` alone has nobody to ask: it opens at a time, or when a person says so. */
export type GateKind = 'backend' | 'store' | 'disk' | 'quota';

export interface GateWords {
  /** After `waiting for`. */
  readonly what: string;
  /** What to do, and that the pass goes on by itself. */
  readonly hint: string;
  readonly checked: boolean;
}

/** Within so many seconds somebody has looked again. */
export const CHECK_SECONDS = 5;

/** The longest that one look may take, milliseconds. */
export const LOOK_MS = 30_000;

/** The pause between two looks, milliseconds: with the look itself, a server that is back is seen in time. */
export const LOOK_EVERY_MS = (CHECK_SECONDS - 1) * 1_000;

export const GATES: Readonly<Record<GateKind, GateWords>> = {
  backend: { what: 'G-Labs', hint: 'Start G-Labs, or: nbflow server <new URL>', checked: true },
  store: {
    what: 'the object store',
    hint: 'Check the network; what is made is safe on this machine',
    checked: true,
  },
  disk: { what: 'space on the disk', hint: 'Free some space; nothing is paid for meanwhile', checked: true },
  quota: { what: "G-Labs' quota", hint: 'When there is quota again: nbflow resume', checked: false },
};

/** A gate that is closed, or a pause. */
export interface Wait {
  readonly gate: GateKind | 'pause';
  readonly what: string;
  /** ISO time. */
  readonly since: string;
  /** One line: what is wrong, at which address. */
  readonly detail: string;
  readonly hint: string;
}

export const PAUSE: Pick<Wait, 'gate' | 'what' | 'detail' | 'hint'> = {
  gate: 'pause',
  what: 'you',
  detail: 'the pass is paused, nothing more is paid for',
  hint: 'Go on: nbflow resume',
};

/** `until`: epoch milliseconds at which it opens by itself, where that is known. */
export function gateWait(gate: GateKind, since: number, detail: string, until: number | null): Wait {
  const { what, hint, checked } = GATES[gate];
  const opens = until === null ? '' : ` (until ${new Date(until).toISOString().slice(0, 16).replace('T', ' ')} UTC)`;
  return {
    gate,
    what,
    since: new Date(since).toISOString(),
    detail: `${detail.replace(/\.$/, '')}${checked ? ` (checked every ${CHECK_SECONDS} s)` : opens}`,
    hint,
  };
}

/** `G-Labs: connection refused at http://… (checked every 5 s). Start G-Labs, or: nbflow server <new URL>`. */
export function waitWords({ what, detail, hint }: Wait): string {
  return `${what}: ${detail}. ${hint}`;
}

/** The same with the time since when, as a clock that the reader sees shows it. */
export function waitingSince({ what, since, detail, hint }: Wait, clock: (iso: string) => string): string {
  return `waiting for ${what} since ${clock(since)}: ${detail}. ${hint}`;
}
