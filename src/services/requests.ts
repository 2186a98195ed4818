/** What `up` and `down` ask of the supervisor, over HTTP on loopback. */
import { request } from 'node:http';
import { z } from 'zod';
import type { Control, ServicesState } from './state';
import { stateSchema } from './state';

export const ensureSchema = z.object({
  /** Programs of the servers that shall run. */
  temporal: z.string().nullable(),
  weed: z.string().nullable(),
  worker: z
    .object({
      script: z.string().min(1),
      env: z.record(z.string(), z.string()),
    })
    .nullable(),
});
export type EnsureRequest = z.infer<typeof ensureSchema>;

export const stoppedSchema = z.object({ stopped: z.array(z.string()) });

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly timeoutMs: number;
}

/** Null when nobody answers there, or somebody else does. */
function ask<T>(control: Control, call: Call, schema: z.ZodType<T>): Promise<T | null> {
  const body = call.body === undefined ? '' : JSON.stringify(call.body);
  const headers = { authorization: `Bearer ${control.token}`, 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve) => {
    const sent = request(
      { host: '127.0.0.1', port: control.port, path: call.path, method: call.method, headers, agent: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response
          .once('error', () => resolve(null))
          .once('end', () => {
            resolve(response.statusCode === 200 ? parse(text, schema) : null);
          });
      },
    );
    sent.setTimeout(call.timeoutMs, () => sent.destroy());
    sent.once('error', () => resolve(null)).once('close', () => resolve(null));
    sent.end(body);
  });
}

function parse<T>(text: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

export function askStatus(control: Control): Promise<ServicesState | null> {
  return ask(control, { method: 'GET', path: '/status', timeoutMs: 2_000 }, stateSchema);
}

export function askEnsure(control: Control, body: EnsureRequest): Promise<ServicesState | null> {
  return ask(control, { method: 'POST', path: '/ensure', body, timeoutMs: 60_000 }, stateSchema);
}

/** Answers when everything has ended. */
export function askStop(control: Control): Promise<z.infer<typeof stoppedSchema> | null> {
  return ask(control, { method: 'POST', path: '/stop', timeoutMs: 60_000 }, stoppedSchema);
}
