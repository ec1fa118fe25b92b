import type { WebSocket } from 'ws';
import type { LiveConnection } from '../../live/live-connection.ts';

/** A WebSocket as the way to a viewer. Bytes are UTF-8 text. */
export class WsConnection implements LiveConnection {
  readonly #socket: WebSocket;
  /** Called whenever the system has taken something off our hands. */
  onSent: () => void = () => undefined;
  readonly #sent = (): void => this.onSent();

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(message: Uint8Array): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(message, { binary: false, compress: false }, this.#sent);
  }

  ping(): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }
}
