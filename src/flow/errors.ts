/** An expected failure: what happened, in words for a person, with the exit code of the CLI that it leads to. */
export class FlowError extends Error {
  override readonly name = 'FlowError';
  /** Dotted class, for instance `File.Damaged`, `Usage`, `Backend.Unreachable`. */
  readonly type: string;
  /** Exit code of docs/json.md. */
  readonly exitCode: number;
  /** What to type or do next. */
  readonly next: readonly string[];
  /** Told by the other side: not before so many milliseconds. */
  readonly waitMs: number | null;

  constructor(
    type: string,
    message: string,
    exitCode: number,
    next: readonly string[] = [],
    options: ErrorOptions & { readonly waitMs?: number | null } = {},
  ) {
    super(message, options);
    this.waitMs = options.waitMs ?? null;
    this.type = type;
    this.exitCode = exitCode;
    this.next = next;
  }
}
