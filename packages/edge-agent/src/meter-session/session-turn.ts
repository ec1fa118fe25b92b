/**
 * The working copy of one step: the state as it moves, the effects as they come up, and the exchanges that wait for their turn.
 * Neighbour: session-machine.ts decides what happens; nothing here does.
 */
import type { Exchange, FailureCause, Outcome } from './exchange.ts';
import type { Asked, Phase, SessionEffect, SessionPlan, SessionState } from './session-state.ts';

export class Turn {
  state: SessionState;
  readonly effects: SessionEffect[] = [];
  protected readonly plan: SessionPlan;
  protected readonly nowMs: number;

  constructor(plan: SessionPlan, state: SessionState, nowMs: number) {
    this.plan = plan;
    this.state = state;
    this.nowMs = nowMs;
  }

  protected set(change: Partial<SessionState>): void {
    this.state = { ...this.state, ...change };
  }

  protected phase(phase: Phase): void {
    this.set({ phase });
  }

  /** In [0, 1), from the state's own seed. */
  protected draw(): number {
    const [random, seed] = nextRandom(this.state.seed);
    this.set({ seed });
    return random;
  }

  // --- what became of exchanges

  protected deliver(asked: Asked, outcome: Outcome): void {
    if (!this.isGreeting(asked.exchange)) this.effects.push({ kind: 'deliver', exchange: asked.exchange, outcome });
  }

  /** The exchange under way has failed; a request may be asked once more. */
  protected fail(asked: Asked, cause: 'timeout' | 'garbled' | 'closed', detail: string): void {
    this.failure(cause, detail);
    if (this.isGreeting(asked.exchange)) return;
    if (asked.exchange.retry && asked.attempts === 0) {
      this.set({ waiting: [{ ...asked, attempts: 1 }, ...this.state.waiting] });
      return;
    }
    this.deliver(asked, { kind: 'failed', cause, detail });
  }

  protected failure(cause: FailureCause, detail: string): void {
    const failures = this.state.failures + 1;
    this.set({ failures, lastCause: cause });
    this.effects.push({ kind: 'failure', cause, detail, inARow: failures });
  }

  protected isGreeting(exchange: Exchange): boolean {
    return exchange === this.plan.greeting;
  }

  // --- the exchanges that wait

  /** Gives back what has waited for too long, or will have by then. */
  protected giveBackLate(atMs = this.nowMs): void {
    for (const late of this.#takeWaiting((asked) => asked.exchange.giveUpAtMs <= atMs)) this.giveBack(late);
  }

  protected giveBackAll(): void {
    for (const asked of this.#takeWaiting(() => true)) this.giveBack(asked);
  }

  protected giveBack(asked: Asked): void {
    const cause = this.state.lastCause ?? 'late';
    const { phase } = this.state;
    const detail =
      phase.name === 'waiting'
        ? `there is no connection to the meter, and the next attempt is in ${Math.ceil((phase.untilMs - this.nowMs) / 1000)} s`
        : 'the meter could not be asked in time';
    this.deliver(asked, { kind: 'not-sent', cause, detail });
  }

  /** The slot is nobody's from here on. */
  protected refuseWaiting(): void {
    for (const asked of this.#takeWaiting(() => true)) {
      this.deliver(asked, { kind: 'not-sent', cause: 'off', detail: 'the slot was given away' });
    }
  }

  #takeWaiting(wanted: (asked: Asked) => boolean): readonly Asked[] {
    const taken = this.state.waiting.filter(wanted);
    if (taken.length > 0) this.set({ waiting: this.state.waiting.filter((asked) => !wanted(asked)) });
    return taken;
  }

  // --- what the state amounts to

  protected get isUnreachable(): boolean {
    return this.state.failures >= this.plan.timing.unreachableAfter;
  }

  /** Whether the slot is, or is about to be, nobody's. */
  protected get isLeaving(): boolean {
    const { phase } = this.state;
    if (phase.name === 'stopping') return phase.after === 'close';
    return phase.name === 'off' || (phase.name === 'closing' && !phase.reopen);
  }

  protected get isConnected(): boolean {
    const { name } = this.state.phase;
    return name === 'ready' || name === 'answering' || name === 'draining' || name === 'streaming' || name === 'stopping';
  }
}

/** mulberry32: a number in [0, 1) and the next seed. Jitter needs no more. */
function nextRandom(seed: number): readonly [number, number] {
  const next = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(next ^ (next >>> 15), 1 | next);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return [((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296, next];
}
