/**
 * One meter under watch: asks it what the plan says whenever its slot is free, makes frames of the answers, and lets user commands through.
 * Neighbours: meter-session.ts is the slot, poll-plan.ts says what is next, unit-report.ts tells the rest, commands/ asks through {@link MeterDesk}.
 */
import {
  checkAnswer,
  decodeDod,
  type DesiredUnit,
  type EdgeHealth,
  encodeRequest,
  encodeSetting,
  type MeterCommand,
  runStateOf,
} from '@slmm/protocol';
import { InvariantError } from '@slmm/shared';
import type { MeterDesk } from '../commands/meter-desk.ts';
import { hasOctave, RARE_QUESTIONS } from '../diagnosis/settings-snapshot.ts';
import type { Exchange, Outcome } from '../meter-session/exchange.ts';
import type { OpenMeterLink } from '../meter-session/meter-link.ts';
import { createMeterSession, type MeterSession } from '../meter-session/meter-session.ts';
import type { SessionTiming } from '../meter-session/session-timing.ts';
import { type DodFold, foldDod } from './dod-frame.ts';
import { afterAnswer, afterConnect, askSoon, DOD, nextPoll, type PollPlan, startPlan, withPace } from './poll-plan.ts';
import { PollFigures } from './poll-figures.ts';
import { type ReportParts, UnitReport } from './unit-report.ts';

export interface UnitParts extends ReportParts {
  readonly random: () => number;
  readonly openLink: OpenMeterLink;
  readonly timing: SessionTiming;
}

/** One Lp sample stands for no longer than this, or one and a half polls where those are slower, up to a minute. */
const LONGEST_INTERVAL_MS = 5000;
const LONGEST_SLOW_INTERVAL_MS = 60_000;
/** Settings to look at again when the meter may have been restarted or replaced. */
const ALL_SETTINGS = RARE_QUESTIONS.map((question) => question.command);

/** What is seen of the measurement this soon after an order of ours is its doing. */
const ORDER_EXPLAINS_MS = 15_000;

export class UnitAcquisition implements MeterDesk {
  readonly #parts: UnitParts;
  readonly #session: MeterSession;
  readonly #report: UnitReport;
  readonly #figures = new PollFigures();
  #unit: DesiredUnit;
  #plan: PollPlan;
  #fold: DodFold = null;
  #cancelWait: (() => void) | null = null;
  /** A connection was lost since the last frame. */
  #wasCut = false;
  /** What an order of ours explains when it is seen soon after (monotonic ms). */
  #expected: { readonly run: string; readonly untilMs: number } | null = null;

  constructor(parts: UnitParts, unit: DesiredUnit) {
    this.#parts = parts;
    this.#unit = unit;
    this.#report = new UnitReport(parts, unit);
    this.#plan = startPlan(RARE_QUESTIONS, paceMs(unit), parts.clock.monotonicMs());
    this.#session = createMeterSession({
      clock: parts.clock,
      random: parts.random,
      openLink: parts.openLink,
      address: { host: unit.host, port: unit.port },
      timing: parts.timing,
      listener: {
        free: () => this.#poll(),
        connected: () => this.#connected(),
        good: (answerMs) => {
          this.#figures.good(answerMs);
          this.#report.good();
        },
        failed: (cause, detail) => {
          this.#figures.failed(cause === 'garbled');
          if (cause !== 'garbled') this.#wasCut = true;
          this.#report.failed(cause, detail);
        },
        noise: (text) => parts.log.debug({ text: text.slice(0, 200) }, 'the meter sent something nobody had asked for'),
      },
    });
  }

  start(): void {
    if (this.#unit.enabled) this.#session.open();
    else this.#report.publish();
  }

  /** Takes over what can change while the unit runs: everything but its address and whether it is enabled. */
  configure(unit: DesiredUnit): void {
    const before = this.#unit;
    this.#unit = unit;
    if (before.poll_interval_s !== unit.poll_interval_s) {
      this.#plan = withPace(this.#plan, paceMs(unit), this.#parts.clock.monotonicMs());
    }
    this.#report.configure(unit);
    if (this.#session.free) this.#poll();
  }

  announce(): void {
    this.#report.publish(true);
  }

  takeFigures(): EdgeHealth['units'][string] {
    return this.#figures.take();
  }

  /** Gives the slot away for good; nothing is published from here on. Resolves when the socket is gone. */
  close(): Promise<void> {
    this.#cancelWait?.();
    this.#cancelWait = null;
    this.#report.retire();
    return this.#session.close();
  }

  // --- what commands need

  get isEnabled(): boolean {
    return this.#unit.enabled;
  }

  get unreachableReason(): string | null {
    return this.#report.unreachableReason;
  }

  lastRead(command: string): string | null {
    return this.#report.snapshot.values[command] ?? null;
  }

  nowMs(): number {
    return this.#parts.clock.nowMs();
  }

  async request(name: string, giveUpAtMs: number): Promise<Outcome> {
    const outcome = await this.#ask(encodedRequest(name), { lane: 'user', retry: true, giveUpAtMs });
    this.#learn(name, outcome);
    return outcome;
  }

  async set(name: string, argument: string, giveUpAtMs: number): Promise<Outcome> {
    const encoded = encodeSetting(name, argument);
    if (encoded.kind === 'refused') throw new InvariantError(`a command was not checked before it was sent: ${encoded.reason}`);
    if (encoded.answer !== 'code') throw new InvariantError(`${encoded.line} is no setting`);
    const { command, line, answer } = encoded;
    const outcome = await this.#ask({ command, line, answer }, { lane: 'user', retry: false, giveUpAtMs });
    if (outcome.kind !== 'not-sent') {
      const nowMs = this.#parts.clock.monotonicMs();
      this.#plan = askSoon(this.#plan, [name, 'Measure'], nowMs);
      if (name === 'Measure') this.#expected = { run: argument, untilMs: nowMs + ORDER_EXPLAINS_MS };
      if (name === 'Reset') this.#expected = { run: 'Start', untilMs: nowMs + ORDER_EXPLAINS_MS };
    }
    return outcome;
  }

  commandTold(text: string, detail: Record<string, unknown>): void {
    this.#report.event('command', text, detail);
  }

  // --- polling

  #connected(): void {
    this.#plan = afterConnect(this.#plan, this.#parts.clock.monotonicMs());
  }

  #poll(): void {
    this.#cancelWait?.();
    this.#cancelWait = null;
    const nowMs = this.#parts.clock.monotonicMs();
    const next = nextPoll(this.#plan, nowMs);
    if (next.kind === 'ask') {
      this.#plan = next.plan;
      void this.#askPoll(next.command);
      return;
    }
    this.#cancelWait = this.#parts.clock.after(Math.max(1, Math.ceil(next.untilMs - nowMs)), () => {
      this.#cancelWait = null;
      if (this.#session.free) this.#poll();
    });
  }

  async #askPoll(command: string): Promise<void> {
    const outcome = await this.#ask(encodedRequest(command), { lane: 'poll', retry: false, giveUpAtMs: Infinity });
    if (command === DOD) this.#dodCame(outcome);
    else this.#learn(command, outcome);
  }

  #ask(
    encoded: { readonly command: MeterCommand; readonly line: string; readonly answer: Exchange['answer'] },
    how: Pick<Exchange, 'lane' | 'retry' | 'giveUpAtMs'>,
  ): Promise<Outcome> {
    const { command, line, answer } = encoded;
    return this.#session.ask({ line, answer, check: (text) => this.#check(command, text), ...how });
  }

  #check(command: MeterCommand, text: string): ReturnType<typeof checkAnswer> {
    const checked = checkAnswer(command, text, { octave: hasOctave(this.#report.snapshot) });
    if (checked.kind === 'failure') {
      this.#parts.log.debug(
        { command: command.name, reason: checked.detail, raw: checked.raw.slice(0, 1000) },
        'a line without the shape it must have',
      );
      return checked;
    }
    if (command.name === 'Measure' && runStateOf(checked.value) === 'unknown') {
      return {
        kind: 'failure',
        reason: 'bad-answer',
        detail: `Measure: expected Start or Stop, got ${JSON.stringify(text.slice(0, 40))}`,
        raw: text,
      };
    }
    return checked;
  }

  #dodCame(outcome: Outcome): void {
    if (outcome.kind !== 'answered' || outcome.value === null) return;
    const reading = decodeDod(outcome.value, { octave: hasOctave(this.#report.snapshot) });
    if (reading.kind === 'failure') throw new InvariantError(`a checked DOD line cannot be read: ${reading.detail}`);
    const { clock, outlet } = this.#parts;
    const atMs = clock.nowMs() - (clock.monotonicMs() - outcome.endAtMs);
    const { fold, draft, restarted, elapsedS } = foldDod(this.#fold, reading.channels[0], {
      unit: this.#unit.unit,
      atMs,
      monotonicMs: outcome.endAtMs,
      run: this.#report.run,
      settings: this.#report.settings,
      maxIntervalMs: longestIntervalMs(this.#unit),
    });
    this.#fold = fold;
    if (restarted) this.#restarted();
    this.#wasCut = false;
    this.#figures.frame();
    outlet.frame(draft);
    this.#report.overload(draft.over);
    if (elapsedS !== null) this.#report.runInput({ kind: 'elapsed', seconds: elapsedS, atMs });
  }

  /** The cumulative values went backwards. */
  #restarted(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    this.#plan = askSoon(this.#plan, this.#wasCut ? ALL_SETTINGS : ['Measure'], nowMs);
    if (this.#isExpected('Start')) return;
    this.#report.runInput({ kind: 'restarted' });
    if (this.#wasCut)
      this.#report.event(
        'reboot-seen',
        'The cumulative values began anew while the meter was away: it was restarted, or another measurement was.',
      );
    else this.#report.event('reset-seen', 'The cumulative values began anew: the measurement was reset or started again.');
  }

  /** Takes in the answer to anything but DOD, whoever asked. */
  #learn(command: string, outcome: Outcome): void {
    const { clock } = this.#parts;
    if (outcome.kind === 'refused-by-meter') {
      this.#plan = afterAnswer(this.#plan, command, clock.monotonicMs(), outcome.code === '0001');
      if (outcome.code === '0001') this.#report.answered(command, null);
    }
    if (outcome.kind !== 'answered' || outcome.value === null) return;
    this.#plan = afterAnswer(this.#plan, command, clock.monotonicMs());
    if (command === 'Measure') {
      const run = runStateOf(outcome.value);
      this.#report.runInput({ kind: 'state', run, atMs: clock.nowMs(), ordered: this.#isExpected(run) });
    } else if (ALL_SETTINGS.includes(command)) this.#report.answered(command, outcome.value);
  }

  #isExpected(run: string): boolean {
    return this.#expected !== null && this.#expected.run === run && this.#parts.clock.monotonicMs() <= this.#expected.untilMs;
  }
}

/** The encoded request; all of these come from our own tables. */
function encodedRequest(name: string): {
  readonly command: MeterCommand;
  readonly line: string;
  readonly answer: Exchange['answer'];
} {
  const encoded = encodeRequest(name);
  if (encoded.kind === 'refused') throw new InvariantError(encoded.reason);
  if (encoded.answer === 'stream') throw new InvariantError(`${name} is a stream, not a question`);
  return { command: encoded.command, line: encoded.line, answer: encoded.answer };
}

const paceMs = (unit: DesiredUnit): number => unit.poll_interval_s * 1000;

function longestIntervalMs(unit: DesiredUnit): number {
  return Math.max(LONGEST_INTERVAL_MS, Math.min(LONGEST_SLOW_INTERVAL_MS, paceMs(unit) * 1.5));
}
