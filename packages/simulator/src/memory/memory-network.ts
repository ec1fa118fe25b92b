/**
 * {@link MeterNetwork} without sockets, on the clock it is given: days of a meter's life in minutes. The client's end has the shape of a link to a meter:
 * it is told of its connection, of bytes, and of an end, in this order and with a little latency. What every client did is kept, for those who judge it.
 */
import type { Clock } from '@slmm/shared';
import type net from 'node:net';
import type { ControlSocket, DoorState, MeterNetwork, PortDoor } from '../tcp/network.ts';

/** One way. */
const LATENCY_MS = 1;
/** A client waits so long for the answer to its FIN. */
const FIN_LIMIT_MS = 1000;

/** The counter and 32 fields of a line of the stream. */
const TICK = /^ *\d{1,3}(,[^,]*){32}\r\n$/;

export interface ClientEvents {
  connected(): void;
  bytes(chunk: Uint8Array): void;
  ended(cause: 'refused' | 'closed', detail: string): void;
}

export interface ClientEnd {
  send(bytes: Uint8Array): void;
  close(): void;
}

/** One attempt to connect and what became of it; instants are monotonic. */
export interface Attempt {
  readonly port: number;
  readonly atMs: number;
  connectedAtMs: number | null;
  endedAtMs: number | null;
  /** The port refused it. */
  refused: boolean;
  /** Bytes that the meter sent in it. */
  received: number;
  /** A tick of the 10 Hz stream came whole. */
  streamed: boolean;
}

export class MemoryNetwork implements MeterNetwork {
  readonly #clock: Clock;
  readonly #doors = new Map<number, MemoryDoor>();
  readonly attempts: Attempt[] = [];
  #nextPort = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  controlDoor(port: number, onConnection: (socket: ControlSocket) => void): PortDoor {
    return this.#door(port, onConnection);
  }

  /** Its card cannot be read here: whoever looks sees the port's state, and no more. */
  ftpDoor(port: number, _onConnection: (socket: net.Socket) => void): PortDoor {
    return this.#door(port, null);
  }

  /** What a connect to this port would meet. */
  look(port: number): 'open' | 'refused' | 'silent' {
    const state = this.#doors.get(port)?.state ?? 'refusing';
    return state === 'refusing' ? 'refused' : state;
  }

  /** Begins to connect; tells later, never before this returns. */
  connect(port: number, events: ClientEvents): ClientEnd {
    const attempt: Attempt = {
      port,
      atMs: this.#clock.monotonicMs(),
      connectedAtMs: null,
      endedAtMs: null,
      refused: false,
      received: 0,
      streamed: false,
    };
    this.attempts.push(attempt);
    const pair = new SocketPair(this.#clock, attempt, events);
    this.#clock.after(LATENCY_MS, () => pair.arrive(this.#doors.get(port) ?? null));
    return pair;
  }

  #door(port: number, onConnection: ((socket: ControlSocket) => void) | null): PortDoor {
    const own = port === 0 ? this.#nextPort++ : port;
    const door = new MemoryDoor(own, onConnection);
    this.#doors.set(own, door);
    return door;
  }
}

class MemoryDoor implements PortDoor {
  readonly port: number;
  readonly onConnection: ((socket: ControlSocket) => void) | null;
  state: DoorState = 'refusing';

  constructor(port: number, onConnection: ((socket: ControlSocket) => void) | null) {
    this.port = port;
    this.onConnection = onConnection;
  }

  open(): Promise<void> {
    this.state = 'open';
    return Promise.resolve();
  }

  set(state: DoorState): void {
    this.state = state;
  }

  close(): void {
    this.state = 'refusing';
  }
}

type Listeners = { data: (bytes: Buffer) => void; end: () => void; error: (error: Error) => void; close: () => void };

/** Both ends of one connection. */
class SocketPair implements ClientEnd, ControlSocket {
  readonly #clock: Clock;
  readonly #attempt: Attempt;
  readonly #events: ClientEvents;
  readonly #listeners: Partial<Listeners> = {};
  /** Of the client: it has asked, is connected, has sent its FIN, is gone. */
  #client: 'asking' | 'open' | 'closing' | 'gone' = 'asking';
  #meter: 'none' | 'open' | 'ended' | 'gone' = 'none';
  readonly writableLength = 0;

  constructor(clock: Clock, attempt: Attempt, events: ClientEvents) {
    this.#clock = clock;
    this.#attempt = attempt;
    this.#events = events;
  }

  arrive(door: MemoryDoor | null): void {
    if (this.#client !== 'asking' || door?.state === 'silent') return;
    if (door === null || door.onConnection === null || door.state === 'refusing')
      return this.#leave('refused', 'the meter refused the connection');
    this.#client = 'open';
    this.#meter = 'open';
    this.#attempt.connectedAtMs = this.#clock.monotonicMs();
    this.#events.connected();
    door.onConnection(this);
  }

  // --- the client's end

  send(bytes: Uint8Array): void {
    if (this.#client !== 'open') return;
    this.#later(() => {
      if (this.#meter === 'open' || this.#meter === 'ended') this.#listeners.data?.(Buffer.from(bytes));
    });
  }

  close(): void {
    if (this.#client === 'asking') {
      // Nothing has come back yet, so there is nothing to wait for.
      this.#client = 'closing';
      this.#clock.after(0, () => this.#leave('closed', 'closed by us'));
      return;
    }
    if (this.#client !== 'open') return;
    this.#client = 'closing';
    this.#later(() => {
      if (this.#meter === 'open') this.#listeners.end?.();
      else if (this.#meter === 'ended') this.#goneAtMeter();
    });
    this.#clock.after(FIN_LIMIT_MS, () => this.#leave('closed', 'the meter left the FIN unanswered'));
  }

  // --- the meter's end

  on<K extends keyof Listeners>(event: K, listener: Listeners[K]): this {
    this.#listeners[event] = listener;
    return this;
  }

  get writable(): boolean {
    return this.#meter === 'open';
  }

  write(text: string): void {
    if (this.#meter !== 'open') return;
    this.#attempt.received += text.length;
    if (TICK.test(text)) this.#attempt.streamed = true;
    this.#later(() => {
      if (this.#client === 'open') this.#events.bytes(Buffer.from(text, 'latin1'));
      // Bytes for somebody who is not there any more are answered with RST.
      else if (this.#client === 'gone') this.#goneAtMeter();
    });
  }

  end(): void {
    if (this.#meter !== 'open') return;
    this.#meter = 'ended';
    this.#later(() => this.#leave('closed', 'the meter closed the connection'));
    this.#later(() => this.#goneAtMeter());
  }

  destroySoon(): void {
    this.end();
  }

  resetAndDestroy(): void {
    if (this.#meter === 'gone') return;
    this.#later(() => this.#leave('closed', 'the meter reset the connection'));
    this.#goneAtMeter();
  }

  #leave(cause: 'refused' | 'closed', detail: string): void {
    if (this.#client === 'gone') return;
    this.#client = 'gone';
    this.#attempt.endedAtMs = this.#clock.monotonicMs();
    this.#attempt.refused = cause === 'refused';
    this.#events.ended(cause, detail);
  }

  #goneAtMeter(): void {
    if (this.#meter === 'gone') return;
    this.#meter = 'gone';
    this.#listeners.close?.();
  }

  #later(task: () => void): void {
    this.#clock.after(LATENCY_MS, task);
  }
}
