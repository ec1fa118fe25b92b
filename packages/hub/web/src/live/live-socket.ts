import type { LiveMessage, LiveRequest } from '@slmm/protocol/live';
import { reconnectDelayMs, SILENCE_LIMIT_MS } from './reconnect.ts';

/** What the page needs of an open or opening WebSocket. */
export interface Socket {
  send(text: string): void;
  close(): void;
}

/** What a socket tells. After `closed` it tells nothing more. */
export interface SocketEvents {
  opened(): void;
  received(data: unknown): void;
  closed(): void;
}

/** The world outside, so that tests can replace it. */
export interface LiveSurroundings {
  readonly open: (events: SocketEvents) => Socket;
  /** Calls `task` once; the answer cancels it. */
  readonly after: (delayMs: number, task: () => void) => () => void;
  readonly random: () => number;
}

/** How the page hangs on the hub. `refused`: the connection stands, but the hub does not give what was asked for; asking again would not help. */
export type LiveStatus =
  | { readonly name: 'connecting' }
  | { readonly name: 'open' }
  | { readonly name: 'waiting'; readonly delayMs: number; readonly failures: number }
  | { readonly name: 'refused'; readonly reason: string };

/** Says per unit which frame the page has, so that the hub can send what came since. */
export type ResumeFrom = () => Readonly<Record<string, string>>;

/**
 * One live connection to the hub that comes back by itself. Neighbours: reconnect.ts decides when; shell/hub-view.ts keeps what arrives.
 * Messages that cannot be read are left aside: a newer hub may say more than this page understands.
 */
export class LiveSocket {
  readonly #surroundings: LiveSurroundings;
  readonly #onMessage: (message: LiveMessage) => void;
  readonly #onStatus: (status: LiveStatus) => void;
  readonly #resumeFrom: ResumeFrom;
  #units: readonly string[] = [];
  #socket: Socket | null = null;
  #isOpen = false;
  #failures = 0;
  #attempt = 0;
  #cancelRetry: (() => void) | null = null;
  #cancelSilence: (() => void) | null = null;

  constructor(
    surroundings: LiveSurroundings,
    resumeFrom: ResumeFrom,
    onMessage: (message: LiveMessage) => void,
    onStatus: (status: LiveStatus) => void,
  ) {
    this.#surroundings = surroundings;
    this.#resumeFrom = resumeFrom;
    this.#onMessage = onMessage;
    this.#onStatus = onStatus;
  }

  /** Watches these units (`['*']` for all) instead of the former ones; connects when there is no connection yet. */
  watch(units: readonly string[]): void {
    this.#units = units;
    if (this.#isOpen) {
      this.#onStatus({ name: 'open' });
      this.#subscribe();
    } else if (this.#socket === null && this.#cancelRetry === null) this.#connect();
  }

  /** Tries at once instead of at the end of the wait: somebody came back to the page, or the network did. */
  hurry(): void {
    if (this.#cancelRetry === null) return;
    this.#stopWaiting();
    this.#connect();
  }

  close(): void {
    this.#stopWaiting();
    this.#drop();
  }

  #connect(): void {
    this.#onStatus({ name: 'connecting' });
    const attempt = ++this.#attempt;
    /** A socket that was given up may still speak; nobody listens to it any more. */
    const whileCurrent =
      <A extends unknown[]>(act: (...args: A) => void) =>
      (...args: A): void => {
        if (attempt === this.#attempt) act(...args);
      };
    this.#socket = this.#surroundings.open({
      opened: whileCurrent(() => {
        this.#isOpen = true;
        this.#failures = 0;
        this.#onStatus({ name: 'open' });
        this.#subscribe();
        this.#expectWords();
      }),
      received: whileCurrent((data: unknown) => this.#read(data)),
      closed: whileCurrent(() => this.#retryLater()),
    });
  }

  #read(data: unknown): void {
    this.#expectWords();
    const message = readMessage(data);
    if (message?.type === 'refused') this.#onStatus({ name: 'refused', reason: message.reason });
    else if (message !== null) this.#onMessage(message);
  }

  #subscribe(): void {
    const after = { ...this.#resumeFrom() };
    const request: LiveRequest = { type: 'subscribe', units: [...this.#units], after, alerts: true };
    this.#socket?.send(JSON.stringify(request));
  }

  #expectWords(): void {
    this.#cancelSilence?.();
    this.#cancelSilence = this.#surroundings.after(SILENCE_LIMIT_MS, () => {
      this.#drop();
      this.#retryLater();
    });
  }

  #retryLater(): void {
    this.#drop();
    this.#failures += 1;
    const delayMs = reconnectDelayMs(this.#failures, this.#surroundings.random());
    this.#onStatus({ name: 'waiting', delayMs, failures: this.#failures });
    this.#cancelRetry = this.#surroundings.after(delayMs, () => {
      this.#cancelRetry = null;
      this.#connect();
    });
  }

  #stopWaiting(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
  }

  #drop(): void {
    this.#cancelSilence?.();
    this.#cancelSilence = null;
    this.#isOpen = false;
    this.#attempt += 1;
    this.#socket?.close();
    this.#socket = null;
  }
}

const KNOWN_TYPES: ReadonlySet<unknown> = new Set([
  'frame',
  'unit',
  'alert',
  'heartbeat',
  'refused',
] satisfies LiveMessage['type'][]);

function readMessage(data: unknown): LiveMessage | null {
  if (typeof data !== 'string') return null;
  try {
    const content: unknown = JSON.parse(data);
    const isKnown = typeof content === 'object' && content !== null && 'type' in content && KNOWN_TYPES.has(content.type);
    return isKnown ? (content as LiveMessage) : null;
  } catch {
    return null;
  }
}
