import type net from 'node:net';
import { Door } from './door.ts';
import type { ControlSocket, MeterNetwork, PortDoor } from './network.ts';
import { Parking } from './parking.ts';

/** {@link MeterNetwork} over real TCP on one address. */
export class TcpNetwork implements MeterNetwork {
  readonly #host: string;
  readonly #parking: Parking;

  constructor(host: string) {
    this.#host = host;
    this.#parking = new Parking(host);
  }

  open(): Promise<void> {
    return this.#parking.open();
  }

  controlDoor(port: number, onConnection: (socket: ControlSocket) => void): PortDoor {
    return this.ftpDoor(port, onConnection);
  }

  ftpDoor(port: number, onConnection: (socket: net.Socket) => void): PortDoor {
    return new Door({ host: this.#host, port, parking: this.#parking, onConnection });
  }

  close(): Promise<void> {
    return this.#parking.close();
  }
}
