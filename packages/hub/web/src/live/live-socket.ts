import type { LiveMessage, LiveRequest } from '@slmm/protocol/live';
import { reconnectDelayMs, SILENCE_LIMIT_MS } from './reconnect.ts';

/** What the page needs of a WebSocket. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
  send(text: string): void;
  close(): void;
}

/** The world outside, so that tests can replace it. */
export interface LiveSurroundings {
  readonly open: () => Socket;
  /** Calls `task` once; the answer cancels it. */
  readonly after: (delayMs: number, task: () => void) => () => void;
  readonly random: () => number;
}

/** How the page hangs on the hub. `refused` is final until the units asked for change: trying again would not help. */
export type LiveStatus =
  | { readonly name: 'connecting' }
  | { readonly name: 'open' }
  | { readonly name: 'waiting'; readonly delayMs: number; readonly failures: number }
  | { readonly name: 'refused'; readonly reason: string };

/** Says per unit which frame the page has, so that the hub can send what came since. */
export type ResumeFrom = () => Readonly<Record<string, string>>;

/**
 * One live connection to the hub that comes back by itself. Neighbours: reconnect.ts decides when; fleet-store.ts keeps what arrives.
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
    if (this.#isOpen) this.#subscribe();
    else if (this.#socket === null && this.#cancelRetry === null) this.#connect();
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
    const socket = this.#surroundings.open();
    this.#socket = socket;
    socket.onopen = () => {
      this.#isOpen = true;
      this.#failures = 0;
      this.#onStatus({ name: 'open' });
      this.#subscribe();
      this.#expectWords();
    };
    socket.onmessage = (event) => {
      this.#expectWords();
      const message = readMessage(event.data);
      if (message?.type === 'refused') this.#refuse(message.reason);
      else if (message !== null) this.#onMessage(message);
    };
    socket.onclose = () => this.#retryLater();
  }

  #subscribe(): void {
    const request: LiveRequest = { type: 'subscribe', units: [...this.#units], after: { ...this.#resumeFrom() } };
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

  #refuse(reason: string): void {
    this.#drop();
    this.#onStatus({ name: 'refused', reason });
  }

  #stopWaiting(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
  }

  #drop(): void {
    this.#cancelSilence?.();
    this.#cancelSilence = null;
    this.#isOpen = false;
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }
}

const KNOWN_TYPES: ReadonlySet<unknown> = new Set(['frame', 'unit', 'heartbeat', 'refused'] satisfies LiveMessage['type'][]);

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
