/** Ports on which connects time out. The work is done by a thread of its own, see bin/parking-thread.js for how and why. */
import { once } from 'node:events';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';

/** Parking leaves something behind in a thread that never runs its event loop, so after this many ports a fresh thread takes over. */
const PARKS_PER_THREAD = 5_000;
const ANSWER_LIMIT_MS = 5_000;
const [ORDERED, DONE, FAILED] = [0, 1, 2] as const;

interface Thread {
  readonly worker: Worker;
  readonly orders: MessagePort;
  readonly state: Int32Array;
}

export class Parking {
  readonly #host: string;
  readonly #ports = new Set<number>();
  #thread: Thread | null = null;
  #parks = 0;

  constructor(host: string) {
    this.#host = host;
  }

  /** Starts the thread, so that the first port is parked as quickly as the others. */
  async open(): Promise<void> {
    this.#thread ??= startThread();
    await once(this.#thread.worker, 'online');
  }

  /** From now on SYNs to the port stay unanswered. The port must be free. Returns only when it is so; `false` when it could not be. */
  park(port: number): boolean {
    if (this.#parks >= PARKS_PER_THREAD) this.#renew();
    this.#parks += 1;
    const done = this.#order({ kind: 'park', host: this.#host, port });
    if (done) this.#ports.add(port);
    return done;
  }

  /** The port is free again when this returns. */
  release(port: number): void {
    if (this.#ports.delete(port)) this.#order({ kind: 'release', host: this.#host, port });
  }

  /** Frees all ports and ends the thread. */
  async close(): Promise<void> {
    const thread = this.#thread;
    if (thread === null) return;
    this.#ports.clear();
    this.#order({ kind: 'end', host: this.#host, port: 0 });
    this.#thread = null;
    await thread.worker.terminate();
  }

  #renew(): void {
    const ports = [...this.#ports];
    const worker = this.#thread?.worker;
    this.#order({ kind: 'end', host: this.#host, port: 0 });
    this.#thread = null;
    void worker?.terminate();
    this.#parks = ports.length;
    for (const port of ports) this.#order({ kind: 'park', host: this.#host, port });
  }

  /** Orders are answered within a millisecond or so; waiting for that here closes the gap between two owners of a port. */
  #order(order: { readonly kind: 'park' | 'release' | 'end'; readonly host: string; readonly port: number }): boolean {
    this.#thread ??= startThread();
    const { orders, state } = this.#thread;
    const before = Atomics.load(state, DONE);
    orders.postMessage(order, []);
    Atomics.store(state, ORDERED, 1);
    Atomics.notify(state, ORDERED);
    const answered = Atomics.wait(state, DONE, before, ANSWER_LIMIT_MS) !== 'timed-out';
    return answered && Atomics.load(state, FAILED) === 0;
  }
}

function startThread(): Thread {
  const { port1, port2 } = new MessageChannel();
  const state = new Int32Array(new SharedArrayBuffer(12));
  const worker = new Worker(new URL('../../bin/parking-thread.js', import.meta.url), {
    workerData: { orders: port2, state },
    transferList: [port2],
  });
  worker.unref();
  port1.unref();
  return { worker, orders: port1, state };
}
