/** Runs the pure session machine in invented time against a scripted meter: for tests of what the meter would see. */
import { LineSplitter } from '@slmm/protocol';
import type { Exchange, Outcome } from './exchange.ts';
import { step } from './session-machine.ts';
import {
  dueAtMs,
  type SessionEffect,
  type SessionInput,
  type SessionPlan,
  type SessionState,
  startSession,
} from './session-state.ts';

/** What the meter does: told of a connection attempt and of each command, it schedules its answers. */
export interface ScriptedMeter {
  connecting(wire: Wire): void;
  command(line: string, wire: Wire): void;
}

/** The meter's end of one connection; after the connection has ended nothing that was scheduled arrives. */
export interface Wire {
  accept(afterMs: number): void;
  refuse(afterMs: number): void;
  bytes(afterMs: number, text: string): void;
  hangUp(afterMs: number): void;
  later(afterMs: number, run: () => void): void;
}

interface Scheduled {
  readonly atMs: number;
  readonly order: number;
  readonly connection: number;
  readonly isAnswer: boolean;
  readonly run: () => void;
}

export class SessionDriver {
  readonly plan: SessionPlan;
  readonly log: SessionEffect[] = [];
  readonly outcomes = new Map<number, Outcome>();
  readonly sent: { readonly atMs: number; readonly line: string; readonly connection: number }[] = [];
  readonly streamed: string[] = [];
  state: SessionState = startSession(1);
  nowMs = 0;
  openSockets = 0;
  mostSockets = 0;
  /** Called when the meter is offered to polling. */
  onFree: () => void = () => undefined;
  readonly #meter: ScriptedMeter;
  readonly #splitter = new LineSplitter();
  #scheduled: Scheduled[] = [];
  #order = 0;
  #connection = 0;
  #isEnded = true;

  constructor(plan: SessionPlan, meter: ScriptedMeter) {
    this.plan = plan;
    this.#meter = meter;
  }

  /** The connection that stands or is being made; `null` for none. */
  get living(): number | null {
    return this.#isEnded ? null : this.#connection;
  }

  /** Whether bytes of an answer are still on their way on the present connection. */
  get answersUnderWay(): boolean {
    return this.#scheduled.some((one) => one.isAnswer && one.connection === this.#connection && !this.#isEnded);
  }

  input(input: SessionInput): void {
    const { state, effects } = step(this.plan, this.state, input, this.nowMs);
    this.state = state;
    for (const effect of effects) this.#carryOut(effect);
  }

  enqueue(exchange: Exchange): void {
    this.input({ kind: 'enqueue', exchange });
  }

  at(atMs: number, run: () => void): void {
    this.#scheduled.push({ atMs, order: this.#order++, connection: -1, isAnswer: false, run });
  }

  /** Lets time pass until `untilMs`, each event at its own instant. */
  run(untilMs: number): void {
    for (;;) {
      const next = this.#scheduled.reduce<Scheduled | null>(
        (least, one) =>
          least === null || one.atMs < least.atMs || (one.atMs === least.atMs && one.order < least.order) ? one : least,
        null,
      );
      const dueMs = Math.max(this.nowMs, dueAtMs(this.plan, this.state) ?? Infinity);
      if (Math.min(next?.atMs ?? Infinity, dueMs) > untilMs) break;
      if (next !== null && next.atMs <= dueMs) {
        this.#scheduled = this.#scheduled.filter((one) => one !== next);
        this.nowMs = next.atMs;
        if (next.connection === -1 || (next.connection === this.#connection && !this.#isEnded)) next.run();
      } else {
        this.nowMs = dueMs;
        this.input({ kind: 'timeout' });
      }
    }
    this.nowMs = untilMs;
  }

  #carryOut(effect: SessionEffect): void {
    this.log.push(effect);
    switch (effect.kind) {
      case 'connect':
        this.#connection += 1;
        this.#isEnded = false;
        this.openSockets += 1;
        this.mostSockets = Math.max(this.mostSockets, this.openSockets);
        return this.#meter.connecting(this.#wire(this.#connection));
      case 'close': {
        const closed = this.#connection;
        this.at(this.nowMs + 5, () => this.#end(closed, 'closed'));
        return;
      }
      case 'send':
        this.sent.push({ atMs: this.nowMs, line: effect.line, connection: this.#connection });
        return this.#meter.command(effect.line, this.#wire(this.#connection));
      case 'send-stop':
        this.sent.push({ atMs: this.nowMs, line: 'SUB', connection: this.#connection });
        return this.#meter.command('SUB', this.#wire(this.#connection));
      case 'stream-line':
        if (effect.text !== null) this.streamed.push(effect.text);
        return;
      case 'forget-partial':
        return this.#splitter.reset();
      case 'deliver':
        if (this.outcomes.has(effect.exchange.id)) throw new Error(`exchange ${effect.exchange.id} was delivered twice`);
        this.outcomes.set(effect.exchange.id, effect.outcome);
        return;
      case 'free':
        return this.onFree();
      case 'good':
      case 'failure':
      case 'noise':
    }
  }

  #wire(connection: number): Wire {
    const after = (afterMs: number, run: () => void, isAnswer = false): void => {
      this.#scheduled.push({ atMs: this.nowMs + afterMs, order: this.#order++, connection, isAnswer, run });
    };
    return {
      accept: (afterMs) => after(afterMs, () => this.input({ kind: 'connected' })),
      refuse: (afterMs) => after(afterMs, () => this.#end(connection, 'refused')),
      later: (afterMs, run) => after(afterMs, run),
      hangUp: (afterMs) => after(afterMs, () => this.#end(connection, 'closed')),
      bytes: (afterMs, text) => after(afterMs, () => this.#receive(text), text !== '$'),
    };
  }

  #receive(text: string): void {
    for (const token of this.#splitter.push(Buffer.from(text, 'latin1'))) {
      this.input(token.kind === 'line' ? { kind: 'line', text: token.text } : { kind: token.kind });
    }
    if (this.#splitter.pendingBytes > 0) this.input({ kind: 'partial' });
  }

  #end(connection: number, cause: 'refused' | 'closed'): void {
    if (connection !== this.#connection || this.#isEnded) return;
    this.#isEnded = true;
    this.openSockets -= 1;
    this.input({ kind: 'ended', cause, detail: `the meter ${cause}` });
  }
}
