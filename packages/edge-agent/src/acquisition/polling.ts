/**
 * Asks one meter what the plan says whenever its slot is free, or lets its 10 Hz stream run. Shell around poll-plan.ts.
 * Neighbours: the session offers the free meter, answer-intake.ts takes the answers, tick-stream.ts the stream.
 */
import type { Clock } from '@slmm/shared';
import type { Outcome } from '../meter-session/exchange.ts';
import type { MeterSession, Question } from '../meter-session/meter-session.ts';
import { streamQuestion } from './meter-question.ts';
import {
  afterAnswer,
  afterConnect,
  afterDod,
  askSoon,
  DOD,
  isBehind,
  type NextPoll,
  nextPoll,
  type PollPlan,
  type RareQuestion,
  startPlan,
  withPace,
} from './poll-plan.ts';
import type { TickStream } from './tick-stream.ts';

export interface PollingParts {
  readonly clock: Clock;
  readonly session: Pick<MeterSession, 'free' | 'ask' | 'stopStream'>;
  readonly stream: TickStream;
  readonly questions: readonly RareQuestion[];
  /** Wanted time from one DOD to the next. */
  readonly paceMs: () => number;
  /** While the stream runs, DOD interrupts it this often at most: each time costs three seconds of ticks and a bit. */
  readonly streamDodEveryMs: number;
  readonly questionOf: (command: string) => Question;
  /** One command line and what became of it. */
  readonly asked: (command: string, line: string, outcome: Outcome) => void;
  /** The stream began to run, or has ended. */
  readonly streaming: (isRunning: boolean) => void;
}

/** Rare questions in one interruption of the stream, so that no frame is more than three seconds from the next; and while some are behind. */
const RARE_IN_PAUSE = 1;
const RARE_WHEN_BEHIND = 3;

export class Polling {
  readonly #parts: PollingParts;
  #plan: PollPlan;
  #rareInPause = 0;
  #hasStreamed = false;
  #cancelWait: (() => void) | null = null;

  constructor(parts: PollingParts) {
    this.#parts = parts;
    this.#plan = startPlan(parts.questions, parts.paceMs(), parts.clock.monotonicMs());
  }

  /** A new connection stands. */
  connected(): void {
    this.#plan = afterConnect(this.#plan, this.#nowMs());
  }

  /** The meter may be asked now. `isPressed`: users wait, and a stream would keep them waiting. */
  free(isPressed = false): void {
    this.#cancel();
    const nowMs = this.#nowMs();
    this.#plan = withPace(this.#plan, this.#paceMs(), nowMs);
    const next = nextPoll(this.#plan, nowMs, this.#isPause && !this.#hadEnough);
    if (this.#parts.stream.isWanted && !isPressed && this.#mayStream(next)) {
      void this.#runStream();
      return;
    }
    if (next.kind === 'ask') {
      if (next.command !== DOD) this.#rareInPause += 1;
      this.#plan = next.plan;
      void this.#ask(next.command);
      return;
    }
    this.#wakeAt(next.untilMs, () => {
      if (this.#parts.session.free) this.free();
    });
  }

  /** Something other than DOD has been answered, whoever asked. `unknown`: the meter does not know the command. */
  answered(command: string, unknown: boolean): void {
    this.#plan = afterAnswer(this.#plan, command, this.#nowMs(), unknown);
  }

  /** Brings questions forward. */
  soon(commands: readonly string[]): void {
    this.#plan = askSoon(this.#plan, commands, this.#nowMs());
  }

  /** What is wanted of the meter has changed: its pace, or whether the stream runs. */
  wantsChanged(): void {
    const { session, stream } = this.#parts;
    if (stream.isRunning && !stream.isWanted) session.stopStream();
    if (session.free) this.free();
  }

  stop(): void {
    this.#cancel();
  }

  async #ask(command: string): Promise<void> {
    const question = this.#parts.questionOf(command);
    const outcome = await this.#parts.session.ask(question);
    this.#parts.asked(command, question.line, outcome);
  }

  /** Whether nothing has to be asked before the stream goes on. */
  #mayStream(next: NextPoll): boolean {
    if (this.#plan.beforeFirstFrame && next.kind === 'ask') return false;
    if (this.#parts.stream.isAwaited) return true;
    if (this.#isFirstReading) return false;
    if (next.kind === 'wait') return true;
    return next.command !== DOD && this.#hadEnough;
  }

  /** Whether the stream has stopped for a moment, and goes on as soon as it may. */
  get #isPause(): boolean {
    return this.#hasStreamed && this.#parts.stream.isWanted;
  }

  /** Whether no more rare questions shall hold up the stream. */
  get #hadEnough(): boolean {
    return this.#rareInPause >= (isBehind(this.#plan, this.#nowMs()) ? RARE_WHEN_BEHIND : RARE_IN_PAUSE);
  }

  /** Before the first stream everything is read. */
  get #isFirstReading(): boolean {
    return !this.#hasStreamed && isBehind(this.#plan, this.#nowMs());
  }

  /** Runs the stream until it is stopped: by the next DOD, by a command, or by nobody wanting it any more. */
  async #runStream(): Promise<void> {
    const { session, stream, streaming } = this.#parts;
    this.#rareInPause = 0;
    // The first reading asked for DOD again and again; a viewer shall not be interrupted before he has seen something.
    if (stream.isAwaited || !this.#hasStreamed) this.#plan = afterDod(this.#plan, this.#parts.streamDodEveryMs, this.#nowMs());
    this.#hasStreamed = true;
    stream.started();
    streaming(true);
    this.#wakeAt(this.#plan.dodDueAtMs, () => session.stopStream());
    const question = streamQuestion();
    const outcome = await session.ask(question);
    this.#cancel();
    stream.ended(outcome);
    streaming(false);
    this.#parts.asked('DRD', question.line, outcome);
    if (session.free) this.free();
  }

  #wakeAt(atMs: number, task: () => void): void {
    this.#cancelWait = this.#parts.clock.after(Math.max(1, Math.ceil(atMs - this.#nowMs())), () => {
      this.#cancelWait = null;
      task();
    });
  }

  #cancel(): void {
    this.#cancelWait?.();
    this.#cancelWait = null;
  }

  #paceMs(): number {
    const { paceMs, stream, streamDodEveryMs } = this.#parts;
    return stream.isWanted && !this.#isFirstReading ? Math.max(streamDodEveryMs, paceMs()) : paceMs();
  }

  #nowMs(): number {
    return this.#parts.clock.monotonicMs();
  }
}
