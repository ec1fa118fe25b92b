import net from 'node:net';
import type { DoorState, PortDoor } from './network.ts';
import type { Parking } from './parking.ts';

/** {@link PortDoor} on a TCP port. */
export class Door implements PortDoor {
  readonly #host: string;
  readonly #parking: Parking;
  readonly #onConnection: (socket: net.Socket) => void;
  #port: number;
  #server: net.Server | null = null;
  #state: DoorState = 'refusing';

  constructor(options: {
    readonly host: string;
    /** 0 takes a free one. */
    readonly port: number;
    readonly parking: Parking;
    readonly onConnection: (socket: net.Socket) => void;
  }) {
    this.#host = options.host;
    this.#port = options.port;
    this.#parking = options.parking;
    this.#onConnection = options.onConnection;
  }

  get port(): number {
    return this.#port;
  }

  get state(): DoorState {
    return this.#state;
  }

  async open(): Promise<void> {
    const server = this.#listen();
    await new Promise<void>((resolve, reject) => {
      server.once('listening', resolve);
      server.once('error', reject);
    });
    const address = server.address();
    if (address !== null && typeof address !== 'string') this.#port = address.port;
  }

  /** A port that somebody else has taken meanwhile refuses; ask again later. */
  set(state: DoorState): void {
    if (state === this.#state) return;
    this.#server?.close();
    this.#server = null;
    if (this.#state === 'silent') this.#parking.release(this.#port);
    this.#state = 'refusing';
    if (state === 'silent') this.#state = this.#parking.park(this.#port) ? 'silent' : 'refusing';
    else if (state === 'open') this.#listen();
  }

  close(): void {
    this.set('refusing');
  }

  #listen(): net.Server {
    // Half-open is allowed because a meter may leave a client's FIN unanswered.
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, this.#onConnection);
    this.#server = server;
    this.#state = 'open';
    server.on('error', () => {
      if (this.#server !== server) return;
      this.#server = null;
      this.#state = 'refusing';
    });
    server.listen({ host: this.#host, port: this.#port });
    return server;
  }
}
