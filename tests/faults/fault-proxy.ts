/** A TCP proxy that spoils a link: delay, bandwidth, slices, freeze, half-open, cut. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface LinkFault {
  /** Each chunk waits so long, in order. */
  readonly latencyMs?: number;
  /** Each chunk goes on in pieces of so many bytes. */
  readonly sliceBytes?: number;
  /** No more than this goes on, in each direction and connection. */
  readonly bytesPerS?: number;
  /** Each connection ends without goodbye once so many bytes have gone over it. */
  readonly cutAfterBytes?: number;
  /** Nothing goes on in either direction; the sockets stay open, as behind a dead NAT. */
  readonly frozen?: boolean;
  /** What comes from the far side is swallowed, what goes there arrives: the near side never hears an answer. */
  readonly halfOpen?: boolean;
}

type Direction = 'there' | 'back';

export class FaultProxy {
  readonly #target: number;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #server: Server | null = null;
  #fault: LinkFault = {};
  /** Bytes in the busier direction of the newest connection. */
  carriedMost = 0;
  #port = 0;

  constructor(targetPort: number) {
    this.#target = targetPort;
  }

  get port(): number {
    return this.#port;
  }

  async open(): Promise<void> {
    const server = createServer((near) => this.#accept(near));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** What befalls every byte from now on; `{}` for nothing. */
  set(fault: LinkFault): void {
    const swallowed = (one: LinkFault): boolean => one.frozen === true || one.halfOpen === true;
    // What was swallowed is gone: a connection that lost bytes cannot go on.
    if (swallowed(this.#fault) && !swallowed(fault)) this.cut();
    this.#fault = fault;
  }

  /** Ends all connections at once, without goodbye. */
  cut(): void {
    for (const pair of this.#pairs) this.#reset(pair);
  }

  close(): void {
    this.cut();
    this.#server?.close();
  }

  #accept(near: Socket): void {
    const far = connect(this.#target, '127.0.0.1');
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    for (const [from, to, direction] of [
      [near, far, 'there'],
      [far, near, 'back'],
    ] as const) {
      let turn = Promise.resolve();
      let carried = 0;
      this.carriedMost = 0;
      from.on('data', (chunk: Buffer) => {
        if (this.#swallows(direction)) return;
        const { cutAfterBytes = Number.POSITIVE_INFINITY } = this.#fault;
        carried += chunk.length;
        this.carriedMost = Math.max(this.carriedMost, carried);
        if (carried > cutAfterBytes) {
          const last = chunk.subarray(0, Math.max(0, cutAfterBytes - (carried - chunk.length)));
          turn = turn.then(() => this.#forward(last, to)).then(() => this.#reset(pair));
          return;
        }
        // A slow link fills up: then the sender has to wait too.
        if (this.#isSlow()) from.pause();
        turn = turn.then(() => this.#forward(chunk, to)).finally(() => from.resume());
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#pairs.delete(pair);
        void turn.then(() => to.end());
      });
    }
  }

  #reset(pair: readonly [Socket, Socket]): void {
    for (const socket of pair) socket.resetAndDestroy();
    this.#pairs.delete(pair);
  }

  #swallows(direction: Direction): boolean {
    return this.#fault.frozen === true || (this.#fault.halfOpen === true && direction === 'back');
  }

  #isSlow(): boolean {
    return this.#fault.bytesPerS !== undefined || this.#fault.latencyMs !== undefined;
  }

  async #forward(chunk: Buffer, to: Socket): Promise<void> {
    const { latencyMs = 0, sliceBytes = chunk.length, bytesPerS } = this.#fault;
    const waitMs = latencyMs + (bytesPerS === undefined ? 0 : (chunk.length / bytesPerS) * 1000);
    if (waitMs > 0) await new Promise((done) => setTimeout(done, waitMs));
    for (let from = 0; from < chunk.length; from += sliceBytes) to.write(chunk.subarray(from, from + sliceBytes));
  }
}
