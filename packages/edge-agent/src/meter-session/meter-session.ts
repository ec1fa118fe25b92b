/**
 * One meter's slot in use: feeds the session machine from the wire, the clock and those who ask, and carries out what it says.
 * Neighbours: acquisition and commands ask through it; meter-link.ts is the wire.
 */
import { encodeSetting, LINE_END, LineSplitter, STREAM_STOP_BYTE } from '@slmm/protocol';
import { type Clock, type Closeable, InvariantError } from '@slmm/shared';
import type { Exchange, FailureCause, Outcome } from './exchange.ts';
import type { MeterAddress, MeterLink, OpenMeterLink } from './meter-link.ts';
import { step } from './session-machine.ts';
import { dueAtMs, isFree, type SessionEffect, type SessionInput, type SessionPlan, startSession } from './session-state.ts';
import type { SessionTiming } from './session-timing.ts';

/** What a session tells of itself. Calls come in order and must not throw. */
export interface SessionListener {
  /** The meter may be asked now: answer with `ask` in the `poll` lane, now or when something is due. `isPressed`: users wait; ask one short question or none. */
  free(isPressed: boolean): void;
  connected(): void;
  good(answerMs: number): void;
  failed(cause: FailureCause, detail: string, inARow: number): void;
  noise(text: string): void;
  /** One line of a stream, as it came; `null` for one too long to be kept. */
  streamed(text: string | null): void;
}

export type Question = Omit<Exchange, 'id'>;

export interface MeterSession extends Closeable {
  /** Whether a poll asked this instant would be sent this instant. */
  readonly free: boolean;
  /** Wants the slot from now on, and no connection before that instant (monotonic ms): whoever had it before may just have gone. */
  open(notBeforeMs?: number): void;
  /** Asks once and tells what became of it. Never rejects. */
  ask(question: Question): Promise<Outcome>;
  /** Ends a running stream; what was under way still comes. Without one it does nothing. */
  stopStream(): void;
  /** Tries to connect as rarely as it may, until a connection answers. While one stands it does nothing. */
  slowDown(): void;
  /** From when on the meter may be connected to again, by whomever (monotonic ms). */
  readonly connectFromMs: number;
  /** Gives the slot away; resolves when the socket is gone. `open` takes it again. */
  close(): Promise<void>;
}

export interface SessionParts {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly openLink: OpenMeterLink;
  readonly address: MeterAddress;
  readonly timing: SessionTiming;
  readonly listener: SessionListener;
}

export function createMeterSession(parts: SessionParts): MeterSession {
  return new SlotSession(parts);
}

class SlotSession implements MeterSession {
  readonly #parts: SessionParts;
  readonly #plan: SessionPlan;
  readonly #splitter = new LineSplitter();
  readonly #answers = new Map<number, (outcome: Outcome) => void>();
  readonly #inputs: SessionInput[] = [];
  #isStepping = false;
  #state;
  #link: MeterLink | null = null;
  #cancelTimer: (() => void) | null = null;
  #armedAtMs: number | null = null;
  #nextId = 1;
  #onGone: (() => void)[] = [];

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#plan = { timing: parts.timing, greeting: echoOff() };
    this.#state = startSession(Math.floor(parts.random() * 2 ** 31));
  }

  get free(): boolean {
    return !this.#isStepping && isFree(this.#state, this.#parts.clock.monotonicMs());
  }

  get connectFromMs(): number {
    return this.#state.connectFromMs;
  }

  open(notBeforeMs = -Infinity): void {
    this.#feed({ kind: 'open', notBeforeMs });
  }

  ask(question: Question): Promise<Outcome> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#answers.set(id, resolve);
      this.#feed({ kind: 'enqueue', exchange: { ...question, id } });
    });
  }

  stopStream(): void {
    this.#feed({ kind: 'stop-stream' });
  }

  slowDown(): void {
    this.#feed({ kind: 'slow-down' });
  }

  close(): Promise<void> {
    this.#feed({ kind: 'close' });
    if (this.#state.phase.name === 'off') return Promise.resolve();
    return new Promise((resolve) => this.#onGone.push(resolve));
  }

  /** One input after the other, also those that effects bring about. */
  #feed(input: SessionInput): void {
    this.#inputs.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
        const { state, effects } = step(this.#plan, this.#state, next, this.#parts.clock.monotonicMs());
        this.#state = state;
        for (const effect of effects) this.#carryOut(effect);
      }
    } finally {
      this.#isStepping = false;
    }
    this.#arm();
    if (this.#state.phase.name === 'off') for (const gone of this.#onGone.splice(0)) gone();
  }

  #carryOut(effect: SessionEffect): void {
    const { listener } = this.#parts;
    switch (effect.kind) {
      case 'connect':
        return this.#connect();
      case 'close':
        return this.#link?.close();
      case 'send':
        return this.#link?.send(new TextEncoder().encode(effect.line + LINE_END));
      case 'send-stop':
        return this.#link?.send(Uint8Array.of(STREAM_STOP_BYTE));
      case 'stream-line':
        return listener.streamed(effect.text);
      case 'forget-partial':
        return this.#splitter.reset();
      case 'deliver':
        return this.#deliver(effect.exchange, effect.outcome);
      case 'free':
        return listener.free(effect.isPressed);
      case 'good':
        return listener.good(effect.answerMs);
      case 'failure':
        return listener.failed(effect.cause, effect.detail, effect.inARow);
      case 'noise':
        return listener.noise(effect.text);
    }
  }

  #connect(): void {
    if (this.#link !== null) throw new InvariantError('a second socket to one meter');
    this.#splitter.reset();
    this.#link = this.#parts.openLink(this.#parts.address, {
      connected: () => {
        this.#feed({ kind: 'connected' });
        this.#parts.listener.connected();
      },
      bytes: (chunk) => this.#bytes(chunk),
      ended: (cause, detail) => {
        this.#link = null;
        this.#feed({ kind: 'ended', cause, detail });
      },
    });
  }

  #bytes(chunk: Uint8Array): void {
    for (const token of this.#splitter.push(chunk)) {
      this.#feed(token.kind === 'line' ? { kind: 'line', text: token.text } : { kind: token.kind });
    }
    if (this.#splitter.pendingBytes > 0) this.#feed({ kind: 'partial' });
  }

  #deliver(exchange: Exchange, outcome: Outcome): void {
    const answer = this.#answers.get(exchange.id);
    if (answer === undefined) throw new InvariantError(`a second answer to ${exchange.line}`);
    this.#answers.delete(exchange.id);
    answer(outcome);
  }

  #arm(): void {
    const atMs = dueAtMs(this.#plan, this.#state);
    if (atMs === this.#armedAtMs) return;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#armedAtMs = atMs;
    if (atMs === null) return;
    const delayMs = Math.max(0, Math.ceil(atMs - this.#parts.clock.monotonicMs()));
    this.#cancelTimer = this.#parts.clock.after(delayMs, () => {
      this.#armedAtMs = null;
      this.#feed({ kind: 'timeout' });
    });
  }
}

/** The first command on every connection: with Echo on, the meter would repeat every command before its answer. */
function echoOff(): Exchange {
  const encoded = encodeSetting('Echo', 'Off');
  if (encoded.kind === 'refused') throw new InvariantError(encoded.reason);
  return {
    id: 0,
    line: encoded.line,
    answer: 'code',
    check: (line) => ({ kind: 'answer', value: line }),
    lane: 'user',
    retry: false,
    giveUpAtMs: Infinity,
  };
}
