/** Answers as values, so that a fault can replace, delay or swallow one on its way out. */
import { STATUS_CODES } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Break the connection off after this many bytes, though the whole length was promised. */
  readonly cutAfter?: number;
}

/** Open to any web page, as the real server is. */
export const CORS: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': 'Content-Type, X-API-Key',
};

export function jsonAnswer(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  const body = Buffer.from(JSON.stringify(value));
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body };
}

export function errorAnswer(status: number, error: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return jsonAnswer(status, { error }, headers);
}

const CLOUDFLARE_TITLES: Readonly<Record<number, string>> = {
  502: 'Bad gateway',
  504: 'Gateway time-out',
  520: 'Web server is returning an unknown error',
  521: 'Web server is down',
  522: 'Connection timed out',
  523: 'Origin is unreachable',
  524: 'A timeout occurred',
  525: 'SSL handshake failed',
  530: 'The origin has been unregistered from Argo Tunnel',
};

/** An error page in the shape in which Cloudflare shows it in front of a dead tunnel or origin. */
export function cloudflareAnswer(status: number): Answer {
  const title = CLOUDFLARE_TITLES[status] ?? STATUS_CODES[status] ?? 'Error';
  const ray = '8f3a2b1c0d4e5f60';
  const page = `<!DOCTYPE html>
<html lang="en-US">
<head><title>simulated.trycloudflare.com | ${status}: ${title}</title>
<meta charset="UTF-8" /><meta name="robots" content="noindex, nofollow" /></head>
<body><div id="cf-wrapper"><div id="cf-error-details">
<h1><span class="inline-block">${title}</span> <span class="code-label">Error code ${status}</span></h1>
<p>Visit <a href="https://www.cloudflare.com/5xx-error-landing">cloudflare.com</a> for more information.</p>
<p><span class="cf-footer-item">Cloudflare Ray ID: <strong>${ray}</strong></span>
<span class="cf-footer-item">Performance &amp; security by Cloudflare</span></p>
</div></div></body></html>
`;
  const headers = { 'content-type': 'text/html; charset=UTF-8', server: 'cloudflare', 'cf-ray': `${ray}-FRA` };
  return { status, headers, body: Buffer.from(page) };
}
