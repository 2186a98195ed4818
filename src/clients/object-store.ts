/** The object store as we need it: put once under an immutable key, ask, and know the public address. */

export interface StoredObject {
  readonly key: string;
  /** Local file to upload. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly contentType: string;
  /** What lies there now is known to be something else: it is written over. */
  readonly replace?: boolean;
}

export interface ObjectStore {
  /** Puts the object unless it is there already. Throws StoreError. */
  put(object: StoredObject, signal: AbortSignal): Promise<{ readonly url: string; readonly existed: boolean }>;
  /** What is there under a key; null when nothing is. Throws StoreError. */
  head(
    key: string,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: number; readonly contentType: string | null } | null>;
  publicUrl(key: string): string;
}

/** unavailable: try again later. rejected: it will say the same again until a person changes a setting. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly kind: 'unavailable' | 'rejected';
  readonly status: number | null;

  constructor(kind: 'unavailable' | 'rejected', message: string, status: number | null, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.status = status;
  }
}
