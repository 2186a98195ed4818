/** Keys of a service account, and the side of Google that gives tokens for them. */
import { createVerify, generateKeyPairSync } from 'node:crypto';

export const EMAIL = 'tracker@team.iam.gserviceaccount.com';
/** Where tokens are given, and where spreadsheets are. */
export const HOSTS = ['https://oauth2.googleapis.com', 'https://sheets.googleapis.com'];
export const TOKEN = 'token-of-the-tests';

/** What Google's token endpoint answers to a signed request: status and body. */
export function tokenFor(form: URLSearchParams, publicKey: string): [number, object] {
  const refused = (why: string): [number, object] => [400, { error: 'invalid_grant', error_description: why }];
  const [head = '', claims = '', signature = ''] = form.get('assertion')?.split('.') ?? [];
  if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') return refused('grant_type');
  if (!createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(publicKey, signature, 'base64url'))
    return refused('Invalid JWT Signature.');
  const said = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
  const wanted = { iss: EMAIL, scope: 'https://www.googleapis.com/auth/spreadsheets', aud: `${HOSTS[0]}/token` };
  for (const [name, value] of Object.entries(wanted))
    if (said[name] !== value) return refused(`${name}: ${String(said[name])}`);
  if (!(Number(said['exp']) * 1000 > Date.now())) return refused('expired');
  return [200, { access_token: TOKEN, expires_in: 3600, token_type: 'Bearer' }];
}

export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

export function keyPair(): KeyPair {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}
