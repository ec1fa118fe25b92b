import type { Frame } from '@slmm/protocol';
import type { Clock } from '@slmm/shared';
import type { UnitView } from '../fleet/fleet.ts';
import type { Dialect, UnitCondition } from './dialect.ts';
import type { LiveConnection } from './live-connection.ts';
import { Backlog, decide, type Decision } from './subscription.ts';

/** Silence after which a viewer is told that all is well (SLMM 0.4.0). */
const HEARTBEAT_MS = 25_000;
const PING_EVERY_MS = 10_000;

/** A message and its bytes, which all viewers of one dialect share. */
interface Encoded {
  readonly bytes: Uint8Array;
}
export interface EncodedFrame extends Encoded {
  readonly frame: Frame;
  readonly view: UnitView | null;
}

/** Bytes of a message as it goes over the wire. */
export const encode = (message: object): Uint8Array => Buffer.from(JSON.stringify(message));

/**
 * One open connection: decides by subscription.ts, sends through its connection, keeps its own backlog. A viewer never waits and never holds up another.
 * Neighbours: live-feed.ts brings events and the passing of time; the adapter calls `flush` when the socket has drained and `answered` at a pong.
 */
export class Viewer {
  readonly dialect: Dialect;
  readonly #connection: LiveConnection;
  readonly #clock: Clock;
  readonly #onMissed: (frames: number) => void;
  readonly #backlog = new Backlog<EncodedFrame, Encoded>();
  #lastSentMs: number;
  #lastPingMs: number;
  #unansweredSinceMs: number | null = null;
  #open = true;
  #waiting: (() => void)[] = [];

  /** `onMissed` is told how many frames were replaced by a newer one, when that is said to the viewer. */
  constructor(connection: LiveConnection, dialect: Dialect, clock: Clock, onMissed: (frames: number) => void) {
    this.#onMissed = onMissed;
    this.#connection = connection;
    this.dialect = dialect;
    this.#clock = clock;
    this.#lastSentMs = clock.monotonicMs();
    this.#lastPingMs = this.#lastSentMs;
  }

  frame(unit: string, frame: EncodedFrame): void {
    if (this.#mayPass(unit)) this.#send(frame.bytes);
    else this.#backlog.holdFrame(unit, frame);
  }

  notice(unit: string, notice: Encoded): void {
    if (this.#mayPass(unit)) this.#send(notice.bytes);
    else this.#backlog.holdNotice(unit, notice);
  }

  /** Something that is this viewer's alone, an answer to its own question: passes at any time, so callers bound how often. */
  say(message: object): void {
    if (this.#open) this.#send(encode(message));
  }

  /** Whether the line takes more right now. */
  get isFree(): boolean {
    return this.#open && this.#backlog.isEmpty && this.#decide() === 'send';
  }

  /** Resolves when the line takes more, or when the connection is over. */
  free(): Promise<void> {
    if (this.isFree || !this.#open) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  forget(unit: string): void {
    this.#backlog.forget(unit);
  }

  /** The socket has room again: what is owed goes out, the newest of each unit. */
  flush(): void {
    while (this.#open && !this.#backlog.isEmpty && this.#decide() === 'send') {
      for (const due of this.#backlog.take()) {
        if (due.kind === 'notice') this.#send(due.notice.bytes);
        else if (due.missed === 0) this.#send(due.frame.bytes);
        else {
          this.#onMissed(due.missed);
          this.#send(encode(this.dialect.frame(due.frame.frame, due.frame.view, due.missed)));
        }
      }
    }
    if (this.isFree || !this.#open) this.#wake();
  }

  /** A sign of life. */
  answered(): void {
    this.#unansweredSinceMs = null;
    this.flush();
  }

  /** Called about every second. False when nobody is there any more; the connection has been ended then. */
  tick(condition: UnitCondition | null): boolean {
    if (!this.#open) return false;
    const decision = this.#decide();
    if (decision === 'drop') {
      this.gone();
      this.#connection.terminate();
      return false;
    }
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lastPingMs >= PING_EVERY_MS) {
      this.#lastPingMs = nowMs;
      this.#unansweredSinceMs ??= nowMs;
      this.#connection.ping();
    }
    this.flush();
    if (decision === 'send' && nowMs - this.#lastSentMs >= HEARTBEAT_MS) {
      this.say(this.dialect.heartbeat(condition, this.#clock.nowMs()));
    }
    return true;
  }

  close(code: number, reason: string): void {
    if (!this.#open) return;
    this.gone();
    this.#connection.close(code, reason);
  }

  /** The connection is gone. */
  gone(): void {
    this.#open = false;
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #mayPass(unit: string): boolean {
    return this.#open && !this.#backlog.waitsFor(unit) && this.#decide() === 'send';
  }

  #decide(): Decision {
    const unansweredMs = this.#unansweredSinceMs === null ? 0 : this.#clock.monotonicMs() - this.#unansweredSinceMs;
    return decide({ bufferedBytes: this.#connection.bufferedBytes, unansweredMs });
  }

  #send(bytes: Uint8Array): void {
    this.#lastSentMs = this.#clock.monotonicMs();
    this.#connection.send(bytes);
  }
}
