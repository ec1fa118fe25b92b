/** A TCP proxy that spoils the link between edge and broker: delay, cut, half-open, freeze, slices. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface LinkFault {
  /** Each chunk waits so long, in order. */
  readonly latencyMs?: number;
  /** Each chunk goes on in pieces of so many bytes. */
  readonly sliceBytes?: number;
  /** Nothing goes on in either direction; the sockets stay open, as behind a dead NAT. */
  readonly frozen?: boolean;
}

export class FaultProxy {
  readonly #target: number;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #server: Server | null = null;
  #fault: LinkFault = {};
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
    // What was swallowed while frozen is gone: a connection that lost bytes cannot go on.
    if (this.#fault.frozen === true && fault.frozen !== true) this.cut();
    this.#fault = fault;
  }

  /** Ends all connections at once, without goodbye. */
  cut(): void {
    for (const [near, far] of this.#pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
    this.#pairs.clear();
  }

  close(): void {
    this.cut();
    this.#server?.close();
  }

  #accept(near: Socket): void {
    const far = connect(this.#target, '127.0.0.1');
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      let turn = Promise.resolve();
      from.on('data', (chunk: Buffer) => {
        if (this.#fault.frozen === true) return;
        turn = turn.then(() => this.#forward(chunk, to));
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#pairs.delete(pair);
        void turn.then(() => to.end());
      });
    }
  }

  async #forward(chunk: Buffer, to: Socket): Promise<void> {
    const { latencyMs = 0, sliceBytes = chunk.length } = this.#fault;
    if (latencyMs > 0) await new Promise((done) => setTimeout(done, latencyMs));
    for (let from = 0; from < chunk.length; from += sliceBytes) to.write(chunk.subarray(from, from + sliceBytes));
  }
}
