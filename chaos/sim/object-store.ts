/** The model of the object store: what is put stays, unless it is lost between two passes. */
export class ObjectStore {
  down = false;
  private readonly objects = new Map<string, string>();

  put(url: string, bytes: string): void {
    if (!this.objects.has(url)) this.objects.set(url, bytes);
  }

  get(url: string): string | null {
    return this.objects.get(url) ?? null;
  }

  lose(url: string): void {
    this.objects.delete(url);
  }

  urls(): readonly string[] {
    return [...this.objects.keys()];
  }

  holds(bytes: string): boolean {
    return [...this.objects.values()].includes(bytes);
  }
}
