import type { FetchedReference } from '../clients/references';

export interface EncodedReference {
  readonly sha256: string;
  readonly base64: string;
}

/** Reference pictures, downloaded and encoded once per pass: the same avatar goes into every request of a tab. */
export class ReferenceCache {
  private readonly entries = new Map<string, Promise<EncodedReference>>();
  private readonly fetch: (url: string) => Promise<FetchedReference>;
  private readonly limit: number;

  constructor(fetch: (url: string) => Promise<FetchedReference>, limit = 64) {
    this.fetch = fetch;
    this.limit = limit;
  }

  /** A failure is not kept: the next caller downloads again. */
  get(pass: string, url: string): Promise<EncodedReference> {
    const key = `${pass} ${url}`;
    const known = this.entries.get(key);
    if (known) return known;
    const made = this.fetch(url).then((got) => ({ sha256: got.sha256, base64: got.bytes.toString('base64') }));
    made.catch(() => this.entries.delete(key));
    this.entries.set(key, made);
    if (this.entries.size > this.limit) this.entries.delete(this.entries.keys().next().value as string);
    return made;
  }
}
