/**
 * The paying call. It is sent once, over a connection of its own (a kept one may be closed by the server just then,
 * which would leave us not knowing), and its end is data: whether the request may have arrived decides about money.
 */
import { Client } from 'undici';
import { errnoOf, messageOf, summarize } from './error-text';
import type { Timeouts } from './glabs-http';
import { withoutCredentials } from './backend-error';
import { retryAfter, splitServer } from './glabs-http';
import { acceptedSchema, errorSchema, parseBody } from './glabs-schemas';

export type SubmitEnd =
  | { readonly kind: 'accepted'; readonly taskId: string }
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** The backend's own error code. */
      readonly code: number | null;
      readonly retryAfterMs: number | null;
      readonly text: string;
    }
  /** `before-sent`: no connection came about, so surely not one byte of the request left. */
  | {
      readonly kind: 'transport';
      readonly phase: 'before-sent' | 'maybe-sent';
      readonly errno: string;
      readonly text: string;
    }
  /** An answer that should have held a task id and can't be read. */
  | { readonly kind: 'unreadable'; readonly status: number; readonly text: string };

export interface Submit {
  readonly server: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly timeouts: Timeouts;
  readonly signal: AbortSignal;
}

/** Never throws; never sends twice. */
export async function submitOnce(submit: Submit): Promise<SubmitEnd> {
  let connected = false;
  let client: Client | null = null;
  try {
    submit.signal.throwIfAborted();
    client = openClient(submit);
    client.once('connect', () => (connected = true));
    return await exchange(client, submit);
  } catch (error) {
    const phase = connected ? 'maybe-sent' : 'before-sent';
    return {
      kind: 'transport',
      phase,
      errno: errnoOf(error),
      text: `${messageOf(error)} at ${withoutCredentials(submit.server)}`,
    };
  } finally {
    await client?.destroy();
  }
}

function openClient({ server, timeouts }: Submit): Client {
  return new Client(splitServer(server).origin, {
    // One request per connection: nothing is ever sent again over a new one.
    pipelining: 0,
    connect: { timeout: timeouts.connectMs },
    headersTimeout: timeouts.submitHeadersMs,
    bodyTimeout: timeouts.bodyIdleMs,
  });
}

async function exchange(client: Client, { server, path, headers, body, signal }: Submit): Promise<SubmitEnd> {
  const answer = await client.request({
    method: 'POST',
    path: splitServer(server).prefix + path,
    headers: { ...headers, 'content-type': 'application/json' },
    body,
    signal,
    idempotent: false,
  });
  const status = answer.statusCode;
  let text: string;
  try {
    text = await answer.body.text();
  } catch (error) {
    // The status is known all the same, and a refusal is one even when its words were cut off.
    if (status >= 200 && status < 300) return { kind: 'unreadable', status, text: `cut off: ${messageOf(error)}` };
    return { kind: 'answered', status, code: null, retryAfterMs: null, text: '' };
  }
  if (status >= 200 && status < 300) {
    const accepted = parseBody(acceptedSchema, text);
    return accepted
      ? { kind: 'accepted', taskId: accepted.task_id }
      : { kind: 'unreadable', status, text: summarize(text) };
  }
  const told = parseBody(errorSchema, text);
  const code = told?.error_code ?? (typeof told?.code === 'number' ? told.code : null);
  return {
    kind: 'answered',
    status,
    code,
    retryAfterMs: retryAfter(answer.headers),
    text: summarize(text),
  };
}
