import type { DoorState, MeterNetwork, PortDoor } from '../tcp/network.ts';
import { refuse } from '../tcp/refuse.ts';
import { type FtpHost, FtpSession } from './ftp-session.ts';

/** Clients at once; the meter's own number is unknown. */
const MAX_SESSIONS = 4;

/** The meter's FTP port and the clients on it. */
export class FtpPort {
  readonly #door: PortDoor;
  readonly #sessions = new Set<FtpSession>();

  constructor(options: { readonly port: number; readonly network: MeterNetwork; readonly card: Omit<FtpHost, 'onClose'> }) {
    this.#door = options.network.ftpDoor(options.port, (socket) => {
      if (this.#sessions.size >= MAX_SESSIONS) return refuse(socket);
      const session: FtpSession = new FtpSession(socket, { ...options.card, onClose: () => this.#sessions.delete(session) });
      this.#sessions.add(session);
      return undefined;
    });
  }

  get port(): number {
    return this.#door.port;
  }

  async open(): Promise<void> {
    await this.#door.open();
  }

  /** FTP that is switched off drops its clients; one that has fallen silent leaves them hanging. */
  set(state: DoorState): void {
    if (state === 'refusing' && this.#door.state === 'open') this.reset();
    this.#door.set(state);
  }

  freeze(): void {
    for (const session of this.#sessions) session.freeze();
  }

  reset(): void {
    for (const session of this.#sessions) session.destroy();
  }

  close(): void {
    this.#door.close();
    this.reset();
  }
}
