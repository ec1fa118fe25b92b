/**
 * What goes out, in which order, and how much of it at once. Neighbours: bus-client.ts carries, uplink.ts fills.
 * Order: answers and events, then retained topics, then live frames, then batches, then pieces of files; each leaves only when nothing before it waits.
 * At most `maxInFlight` messages wait for the broker's acknowledge, two of them batches. If one waits too long the socket is killed.
 */
import type { Clock, Logger } from '@slmm/shared';
import type { BusClient } from './bus-client.ts';
import type { RetainedSet } from './retained-set.ts';

export interface Outgoing {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  /** 1 unless said otherwise. */
  readonly qos?: 0 | 1;
}

/** Pieces of files that wait for the broker at once, and that wait for their turn. */
const MAX_FILE_PIECES_IN_FLIGHT = 2;
const MAX_FILE_PIECES = 16;
const MAX_IN_FLIGHT = 64;
const MAX_BATCHES_IN_FLIGHT = 2;
/** Answers and events kept while there is no session, and then; past it the oldest are dropped and counted. */
const MAX_URGENT = 2000;
/** Live frames that may wait for the socket; past it they are left to the batches. */
const MAX_LIVE = 1000;
/** Longer than a hub may hold an acknowledge back while it is busy, short enough to notice a broker that has forgotten. */
const ACKNOWLEDGE_LIMIT_MS = 60_000;

export class SendWindow {
  readonly #bus: BusClient;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #retained: RetainedSet;
  /** Told when a batch may be offered. */
  readonly #wantBatch: () => void;
  /** In the order in which they came, also those that did not get through and wait again. */
  #urgent: { readonly message: Outgoing; readonly turn: number }[] = [];
  #urgentTurns = 0;
  #live: Outgoing[] = [];
  #batches: Outgoing[] = [];
  #session = 0;
  #isOpen = false;
  #nextId = 0;
  /** When each message under way was sent, oldest first. */
  #inFlight = new Map<number, number>();
  #batchesInFlight = 0;
  #pieces: { readonly message: Outgoing; readonly sent: () => void; readonly signal: AbortSignal }[] = [];
  #piecesInFlight = 0;
  #cancelWatch: (() => void) | null = null;
  droppedEvents = 0;
  published = 0;

  constructor(parts: { bus: BusClient; clock: Clock; log: Logger; retained: RetainedSet; wantBatch: () => void }) {
    this.#bus = parts.bus;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#retained = parts.retained;
    this.#wantBatch = parts.wantBatch;
  }

  /** A new session: nothing is under way. */
  opened(): void {
    this.#session += 1;
    this.#isOpen = true;
    this.#retained.resendAll();
    this.pump();
  }

  /** The session is over: frames and batches are the plan's business again, answers and events wait here. */
  ended(): void {
    this.#session += 1;
    this.#isOpen = false;
    this.#inFlight.clear();
    this.#batchesInFlight = 0;
    this.#piecesInFlight = 0;
    this.#live = [];
    this.#batches = [];
    this.#cancelWatch?.();
    this.#cancelWatch = null;
  }

  /** Whether there is a session. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  urgent(message: Outgoing): void {
    this.#urgent.push({ message, turn: this.#urgentTurns++ });
    if (this.#urgent.length > MAX_URGENT) {
      this.#urgent.shift();
      this.droppedEvents += 1;
    }
    this.pump();
  }

  /** Whether a live frame can be taken; otherwise it stays missing and goes with a batch. */
  get roomForLive(): boolean {
    return this.#isOpen && this.#live.length < MAX_LIVE;
  }

  live(message: Outgoing): void {
    this.#live.push(message);
    this.pump();
  }

  batch(message: Outgoing): void {
    this.#batches.push(message);
    this.pump();
  }

  /** A piece of a file, behind all else. Resolves when the broker has it, over as many sessions as that takes; rejects when the signal ends it. */
  filePiece(message: Outgoing, signal: AbortSignal): Promise<void> {
    if (this.#pieces.length >= MAX_FILE_PIECES)
      return Promise.reject(new Error('too many files are on their way; try again later'));
    return new Promise((resolve, reject) => {
      const ended = (): void => {
        this.#pieces = this.#pieces.filter((one) => one !== piece);
        reject(new Error('the transfer was ended'));
      };
      const piece = {
        message,
        signal,
        sent: (): void => {
          signal.removeEventListener('abort', ended);
          resolve();
        },
      };
      if (signal.aborted) return ended();
      signal.addEventListener('abort', ended, { once: true });
      this.#pieces.push(piece);
      this.pump();
      return undefined;
    });
  }

  get roomForBatch(): boolean {
    return this.#isOpen && this.#batches.length === 0 && this.#batchesInFlight < MAX_BATCHES_IN_FLIGHT;
  }

  /** Sends what may be sent now. */
  pump(): void {
    while (this.#isOpen && this.#inFlight.size < MAX_IN_FLIGHT) {
      const urgent = this.#urgent.shift();
      if (urgent !== undefined) {
        this.#send(urgent.message, false, (sent) => {
          if (sent) return;
          const later = this.#urgent.findIndex(({ turn }) => turn > urgent.turn);
          this.#urgent.splice(later < 0 ? this.#urgent.length : later, 0, urgent);
        });
        continue;
      }
      const retained = this.#retained.next();
      if (retained !== null) {
        this.#send(retained, true, (sent) => !sent && this.#retained.again(retained.topic));
        continue;
      }
      const live = this.#live.shift();
      if (live !== undefined) {
        this.#send(live, false, () => {});
        continue;
      }
      const batch = this.#batchesInFlight < MAX_BATCHES_IN_FLIGHT ? this.#batches.shift() : undefined;
      if (batch === undefined) break;
      this.#batchesInFlight += 1;
      const session = this.#session;
      this.#send(batch, false, () => {
        if (session === this.#session) this.#batchesInFlight -= 1;
      });
    }
    if (this.roomForBatch) this.#wantBatch();
    while (this.#isOpen && this.#inFlight.size < MAX_IN_FLIGHT && this.#piecesInFlight < MAX_FILE_PIECES_IN_FLIGHT) {
      const piece = this.#pieces.shift();
      if (piece === undefined) break;
      this.#piecesInFlight += 1;
      const session = this.#session;
      this.#send(piece.message, false, (sent) => {
        if (session === this.#session) this.#piecesInFlight -= 1;
        if (sent) piece.sent();
        else if (!piece.signal.aborted) this.#pieces.unshift(piece);
      });
    }
  }

  /** `done` hears also of messages whose session ended meanwhile: those were not sent. */
  #send(message: Outgoing, retain: boolean, done: (sent: boolean) => void): void {
    const session = this.#session;
    const id = this.#nextId++;
    this.#inFlight.set(id, this.#clock.monotonicMs());
    this.#watch();
    void this.#bus.publish(message.topic, message.payload, { qos: message.qos ?? 1, retain }).then((sent) => {
      this.#inFlight.delete(id);
      if (sent) this.published += 1;
      done(sent);
      if (session === this.#session) this.pump();
    });
  }

  #watch(): void {
    if (this.#cancelWatch !== null) return;
    const oldestMs = this.#oldestMs();
    if (oldestMs === undefined) return;
    this.#cancelWatch = this.#clock.after(Math.max(0, oldestMs + ACKNOWLEDGE_LIMIT_MS - this.#clock.monotonicMs()), () => {
      this.#cancelWatch = null;
      const stillOldestMs = this.#oldestMs();
      if (stillOldestMs === undefined) return;
      if (this.#clock.monotonicMs() - stillOldestMs < ACKNOWLEDGE_LIMIT_MS) return this.#watch();
      this.#log.warn({ waitedMs: ACKNOWLEDGE_LIMIT_MS }, 'the broker does not acknowledge; connecting anew');
      this.#bus.reconnect(`no acknowledge for ${ACKNOWLEDGE_LIMIT_MS / 1000} s`);
    });
  }

  #oldestMs(): number | undefined {
    for (const sentMs of this.#inFlight.values()) return sentMs;
    return undefined;
  }
}
