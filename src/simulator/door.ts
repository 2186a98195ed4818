/** The listening socket: it can be shut for a while, so that connects are really refused, and opens again by itself. */
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { networkInterfaces } from 'node:os';

const RETRY_MS = 50;

export class Door {
  private readonly server: Server;
  private readonly host: string;
  private readonly sockets = new Set<Socket>();
  private boundPort = 0;
  private reopenAt = 0;
  private timer: NodeJS.Timeout | null = null;
  private closed = false;

  constructor(server: Server, host: string) {
    this.server = server;
    this.host = host;
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  get port(): number {
    return this.boundPort;
  }

  /** Own bind address, as the real server writes it into result URLs; bound to all addresses, the first LAN one. */
  get origin(): string {
    const host = this.host === '0.0.0.0' || this.host === '::' ? lanAddress() : this.host;
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.boundPort}`;
  }

  async open(port: number): Promise<void> {
    await this.listen(port);
    this.boundPort = (this.server.address() as AddressInfo).port;
  }

  /** Refuses connections for a while and cuts those that are open. A longer refusal wins over a shorter one. */
  refuse(forMs: number): void {
    if (this.closed) return;
    this.reopenAt = Math.max(this.reopenAt, performance.now() + forMs);
    if (this.timer) clearTimeout(this.timer);
    else this.server.close();
    this.cut();
    this.timer = setTimeout(() => this.reopen(), this.reopenAt - performance.now());
  }

  /** Opens before its time, if it is shut for a while. */
  welcome(): void {
    if (this.closed || !this.timer) return;
    clearTimeout(this.timer);
    this.reopenAt = 0;
    this.reopen();
  }

  /** Shuts for good. */
  shut(): void {
    if (this.closed) return;
    this.closed = true;
    if (this.timer) clearTimeout(this.timer);
    else this.server.close();
    this.cut();
  }

  private cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private reopen(): void {
    this.listen(this.boundPort).then(
      () => (this.timer = null),
      // Somebody else may hold the port for a moment; it is ours again as soon as it is free.
      () => {
        if (!this.closed) this.timer = setTimeout(() => this.reopen(), RETRY_MS);
      },
    );
  }

  private listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void => reject(error);
      this.server.once('error', failed);
      this.server.listen(port, this.host, () => {
        this.server.off('error', failed);
        if (this.closed) this.server.close();
        resolve();
      });
    });
  }
}

function lanAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find((address) => address.family === 'IPv4' && !address.internal)?.address ?? '127.0.0.1';
}
