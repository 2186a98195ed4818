/** How a call to G-Labs can fail. Apart from the client itself, so that who only asks about failures loads no HTTP. */

/** A call (never a submit) that did not get its answer. */
export class BackendError extends Error {
  override readonly name = 'BackendError';
  /** HTTP status, null when there was no answer. */
  readonly status: number | null;
  /** `ECONNREFUSED`, `UND_ERR_HEADERS_TIMEOUT`…; null when there was an answer. */
  readonly errno: string | null;
  /** The backend's own error code. */
  readonly code: number | null;
  readonly retryAfterMs: number | null;
  /** Without credentials. */
  readonly server: string;
  /** What it said, one line. */
  readonly text: string;

  constructor(facts: BackendFacts, options?: ErrorOptions) {
    const what = facts.status === undefined ? (facts.errno ?? 'no answer') : `HTTP ${facts.status}`;
    const server = withoutCredentials(facts.server);
    super(`G-Labs at ${server}: ${what}${facts.text ? `: ${facts.text}` : ''}`, options);
    this.status = facts.status ?? null;
    this.errno = facts.errno ?? null;
    this.code = facts.code ?? null;
    this.retryAfterMs = facts.retryAfterMs ?? null;
    this.server = server;
    this.text = facts.text;
  }

  /** `connection refused at http://…`, `HTTP 530: … at https://…`. */
  get trouble(): string {
    const what = this.status === null ? null : `HTTP ${this.status}`;
    return `${[what, this.text || (what === null ? 'no answer' : null)].filter(Boolean).join(': ')} at ${this.server}`;
  }
}

export interface BackendFacts {
  readonly server: string;
  readonly text: string;
  readonly status?: number;
  readonly errno?: string;
  readonly code?: number | null;
  readonly retryAfterMs?: number | null;
}

export function withoutCredentials(server: string): string {
  return server.replace(/^([a-z]+:\/\/)[^/@]*@/i, '$1');
}
