/** How a call to Google can fail. */
import { z } from 'zod';
import { messageOf } from './error-text';

/** Google refused, or did not answer. The message is Google's own. */
export class GoogleError extends Error {
  override readonly name = 'GoogleError';
  /** HTTP status; null without an answer. */
  readonly status: number | null;
  /** `token`: already the key was refused. */
  readonly stage: 'token' | 'sheet';

  constructor(message: string, status: number | null, stage: 'token' | 'sheet', options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.stage = stage;
  }
}

const failureSchema = z.object({
  config: z.object({ url: z.union([z.string(), z.instanceof(URL)]).optional() }).optional(),
  response: z.object({ status: z.number(), data: z.unknown() }).optional(),
});
const answerSchema = z.object({
  error: z.union([z.string(), z.object({ message: z.string().optional(), status: z.string().optional() })]),
  error_description: z.string().optional(),
});

/** `sheetOrigin`: what calls that had a token went to. */
export function asGoogleError(thrown: unknown, sheetOrigin: string): GoogleError {
  const failure = failureSchema.safeParse(thrown);
  const { config, response } = failure.success ? failure.data : {};
  const status = response?.status ?? null;
  const stage = String(config?.url ?? '').startsWith(sheetOrigin) ? 'sheet' : 'token';
  return new GoogleError(wordsOf(thrown, response), status, stage, { cause: thrown });
}

function wordsOf(thrown: unknown, response: z.infer<typeof failureSchema>['response']): string {
  const body = answerSchema.safeParse(response?.data);
  if (!body.success) {
    if (response) return `HTTP ${response.status}`;
    return messageOf(thrown);
  }
  const { error: said, error_description: description } = body.data;
  if (typeof said !== 'string') return said.message ?? said.status ?? '';
  return [said, description].filter(Boolean).join(': ');
}
