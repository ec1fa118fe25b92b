/** What a meter's ports stand on. Port; tcp/tcp-network.ts is the real one, memory/memory-network.ts its twin without sockets. */
import type net from 'node:net';

/** `open` accepts, `refusing` answers with RST, `silent` leaves the SYN unanswered. */
export type DoorState = 'open' | 'refusing' | 'silent';

/** One port of a meter and how it treats a connect. The port number stays the same through all states. */
export interface PortDoor {
  readonly port: number;
  readonly state: DoorState;
  /** Opens for the first time and fixes the port number; rejects when the port cannot be had. */
  open(): Promise<void>;
  /** Takes another state, at once. */
  set(state: DoorState): void;
  close(): void;
}

/** The meter's end of a control connection: as much of a socket as a meter uses. */
export interface ControlSocket {
  on(event: 'data', listener: (bytes: Buffer) => void): unknown;
  /** The client has sent its FIN. */
  on(event: 'end', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Nothing is left of the connection. */
  on(event: 'close', listener: () => void): unknown;
  readonly writable: boolean;
  readonly writableLength: number;
  write(text: string, encoding: 'latin1'): unknown;
  /** FIN. */
  end(): unknown;
  destroySoon(): unknown;
  /** RST. */
  resetAndDestroy(): unknown;
}

export interface MeterNetwork {
  /** Before any door. */
  open(): Promise<void>;
  /** `port` 0 takes a free one. */
  controlDoor(port: number, onConnection: (socket: ControlSocket) => void): PortDoor;
  ftpDoor(port: number, onConnection: (socket: net.Socket) => void): PortDoor;
  /** After all doors. */
  close(): Promise<void>;
}
