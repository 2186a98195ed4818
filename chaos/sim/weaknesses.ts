/**
 * What can be switched off in the model around the protocol, to prove that the simulation notices. All of it lies in the
 * ports: the protocol itself is always the product's own code.
 */
export interface Weaknesses {
  /** Intents stay in memory until the answer is there. */
  readonly noIntent: boolean;
  /** Syncing does nothing. */
  readonly noSync: boolean;
  /** The list of tasks always speaks for "it never arrived". */
  readonly noLookup: boolean;
  /** Everybody may submit the same words at once, and knows nothing of others who did. */
  readonly noGate: boolean;
  /** Whoever asks gets a lock, and keeps it. */
  readonly noFence: boolean;
  /** Whatever came down counts as a picture. */
  readonly noContentCheck: boolean;
  /** What the list said before a submit is not written down. */
  readonly noSeen: boolean;
}

export const SOUND: Weaknesses = {
  noIntent: false,
  noSync: false,
  noLookup: false,
  noGate: false,
  noFence: false,
  noContentCheck: false,
  noSeen: false,
};
