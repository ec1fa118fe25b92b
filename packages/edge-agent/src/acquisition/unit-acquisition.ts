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
  naiveMsOfMeterClock,
  parseMeterClock,
  type RunState,
  type UnitInfo,
  runStateOf,
} from '@slmm/protocol';
import { InvariantError } from '@slmm/shared';
import type { CardAddress } from '../card/card-session.ts';
import type { MeterDesk } from '../commands/meter-desk.ts';
import { hasOctave, RARE_QUESTIONS } from '../diagnosis/settings-snapshot.ts';
import type { Exchange, Outcome } from '../meter-session/exchange.ts';
import type { OpenMeterLink } from '../meter-session/meter-link.ts';
import { createMeterSession, type MeterSession } from '../meter-session/meter-session.ts';
import type { SessionTiming } from '../meter-session/session-timing.ts';
import { type DodFold, foldDod } from './dod-frame.ts';
import {
  afterAnswer,
  afterConnect,
  askSoon,
  DOD,
  type NextPoll,
  nextPoll,
  type PollPlan,
  startPlan,
  withPace,
} from './poll-plan.ts';
import { PollFigures } from './poll-figures.ts';
import { TickStream } from './tick-stream.ts';
import { HELD, outranks, type SlotHold, type SlotOwner, whyNotHeld } from './slot-hold.ts';
import type { UnitMemo } from './unit-memory.ts';
import { type ReportParts, UnitReport } from './unit-report.ts';

export interface UnitParts extends Omit<ReportParts, 'rememberedRun' | 'rememberRun'> {
  /** Id of this edge, and of this start of it. */
  readonly edge: string;
  readonly boot: string;
  /** What is remembered of the unit, and how to remember. */
  readonly memo: UnitMemo;
  readonly remember: (change: Partial<UnitMemo>) => void;
  /** Whether the whole edge stands by at the start. */
  readonly standby: boolean;
  readonly random: () => number;
  readonly openLink: OpenMeterLink;
  readonly timing: SessionTiming;
  /** While the stream runs, DOD interrupts it this often at most: each time costs three seconds of ticks. */
  readonly streamDodEveryMs: number;
}

/** One Lp sample stands for no longer than this, or one and a half polls where those are slower, up to a minute. */
const LONGEST_INTERVAL_MS = 5000;
const LONGEST_SLOW_INTERVAL_MS = 60_000;
const LONGEST_TIMER_MS = 3_600_000;
/** Settings to look at again when the meter may have been restarted or replaced. */
const ALL_SETTINGS = RARE_QUESTIONS.map((question) => question.command);

/** Rare questions in one interruption, and while the settings are not all known yet. */
const RARE_IN_PAUSE = 1;
const RARE_IN_FIRST_PAUSES = 3;

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
  readonly #stream: TickStream;
  #hold: SlotHold;
  #fence: number;
  #hasClaimed = false;
  #isStarted = false;
  #cancelReturn: (() => void) | null = null;
  #rareInPause = 0;
  #cancelWait: (() => void) | null = null;
  /** A connection was lost since the last frame. */
  #wasCut = false;
  /** What an order of ours explains when it is seen soon after (monotonic ms). */
  #expected: { readonly run: string; readonly untilMs: number } | null = null;

  constructor(parts: UnitParts, unit: DesiredUnit) {
    this.#parts = parts;
    this.#unit = unit;
    this.#report = new UnitReport(
      { ...parts, rememberedRun: parts.memo.run, rememberRun: (run) => parts.remember({ run }) },
      unit,
    );
    const { deactivated, lentUntilMs, fence } = parts.memo;
    this.#hold = { ...HELD, enabled: unit.enabled, deactivated, standby: parts.standby, lentUntilMs };
    this.#fence = fence + 1;
    parts.remember({ fence: this.#fence });
    this.#plan = startPlan(RARE_QUESTIONS, paceMs(unit), parts.clock.monotonicMs());
    this.#stream = new TickStream({
      clock: parts.clock,
      log: parts.log,
      outlet: parts.outlet,
      moment: () => ({
        unit: this.#unit.unit,
        run: this.#report.run,
        settings: this.#report.settings,
        octave: hasOctave(this.#report.snapshot),
      }),
      framed: (draft) => {
        this.#figures.frame();
        this.#report.good();
        this.#report.overload(draft.over);
      },
      fallback: (isActive, why) => this.#fellBack(isActive, why),
      hopeless: () => this.#session.stopStream(),
    });
    this.#stream.configure(unit.acquisition);
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
        streamed: (text) => this.#stream.line(text),
        noise: (text) => parts.log.debug({ text: text.slice(0, 200) }, 'the meter sent something nobody had asked for'),
      },
    });
  }

  start(): void {
    this.#isStarted = true;
    void this.#applyHold(false);
  }

  /** Changes whether the slot may be held, and acts on it. Resolves when a slot that is given away is free. */
  async changeHold(change: Partial<SlotHold>): Promise<void> {
    this.#hold = { ...this.#hold, ...change };
    const { deactivated, lentUntilMs } = this.#hold;
    if ('deactivated' in change || 'lentUntilMs' in change) this.#parts.remember({ deactivated, lentUntilMs });
    await this.#applyHold(true);
  }

  /** Takes the unit from a rival: with a fence above its own. */
  async claim(): Promise<void> {
    const { rival } = this.#hold;
    if (rival !== null) this.#raiseFence(rival.fence + 1);
    await this.changeHold({ rival: null, deactivated: false, lentUntilMs: null });
  }

  /**
   * An owner record of this unit that is not ours. What the broker had kept before we spoke first is of the past, and we go above it;
   * after that the higher fence is right.
   */
  ownerSeen(owner: SlotOwner, kept: boolean): void {
    const own = this.#owner();
    if (owner.boot === own.boot || (this.#hold.rival !== null && !outranks(owner, this.#hold.rival))) return;
    if (kept && !this.#hasClaimed) {
      if (owner.fence >= this.#fence) this.#raiseFence(owner.fence + 1);
      void this.#applyHold(false);
      return;
    }
    if (!outranks(owner, own)) {
      if (!kept) this.#report.publish(true);
      return;
    }
    this.#parts.log.warn({ owner }, 'another agent has taken this unit over; this one stands back');
    void this.changeHold({ rival: owner });
  }

  /** From the first session with the broker on, records of others are of the present. */
  claimed(): void {
    this.#hasClaimed = true;
  }

  #raiseFence(fence: number): void {
    this.#fence = fence;
    this.#parts.remember({ fence });
  }

  #owner(): SlotOwner {
    const { edge, boot } = this.#parts;
    return { edge, boot, fence: this.#fence };
  }

  async #applyHold(tell: boolean): Promise<void> {
    const { clock } = this.#parts;
    this.#cancelReturn?.();
    this.#cancelReturn = null;
    const { lentUntilMs, rival } = this.#hold;
    if (lentUntilMs !== null && lentUntilMs <= clock.nowMs()) {
      this.#hold = { ...this.#hold, lentUntilMs: null };
      this.#parts.remember({ lentUntilMs: null });
    } else if (lentUntilMs !== null) {
      const delayMs = Math.min(LONGEST_TIMER_MS, lentUntilMs - clock.nowMs());
      this.#cancelReturn = clock.after(delayMs, () => void this.#applyHold(true));
    }
    const isHeld = whyNotHeld(this.#hold) === null;
    this.#report.hold(this.#hold, isHeld ? this.#owner() : rival, tell);
    if (!this.#isStarted) return;
    if (isHeld) this.#session.open();
    else await this.#session.close();
  }

  /** Takes over what can change while the unit runs: everything but its address and whether it is enabled. */
  configure(unit: DesiredUnit): void {
    const before = this.#unit;
    this.#unit = unit;
    this.#stream.configure(unit.acquisition);
    this.#report.configure(unit);
    if (before.poll_interval_s !== unit.poll_interval_s || before.acquisition !== unit.acquisition) this.#wantsChanged();
  }

  /** Somebody wants the raw ticks, or nobody any more. */
  watchStream(isWatched: boolean): void {
    this.#stream.watch(isWatched);
    this.#wantsChanged();
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
    this.#cancelReturn?.();
    this.#cancelReturn = null;
    this.#isStarted = false;
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

  get card(): CardAddress | null {
    const { ftp, host } = this.#unit;
    return ftp === null || !ftp.enabled ? null : { host, port: ftp.port, user: ftp.user, password: ftp.password };
  }

  get clockOffsetS(): number | null {
    return this.#report.snapshot.clockOffsetS;
  }

  get isHeld(): boolean {
    return whyNotHeld(this.#hold) === null;
  }

  get run(): RunState {
    return this.#report.run;
  }

  logLines(...query: Parameters<MeterDesk['logLines']>): ReturnType<MeterDesk['logLines']> {
    return this.#report.deviceLog.query(...query);
  }

  settingsRead(): UnitInfo {
    return this.#report.info;
  }

  lastRead(command: string): string | null {
    return this.#report.snapshot.values[command] ?? null;
  }

  nowMs(): number {
    return this.#parts.clock.nowMs();
  }

  async request(name: string, giveUpAtMs: number): Promise<Outcome> {
    const outcome = await this.#ask(encodedRequest(name), { lane: 'user', retry: true, giveUpAtMs });
    if (name === DOD) this.#dodCame(outcome);
    else this.#learn(name, outcome);
    return outcome;
  }

  async set(name: string, argument: string, giveUpAtMs: number): Promise<Outcome> {
    const encoded = encodeSetting(name, argument);
    if (encoded.kind === 'refused') throw new InvariantError(`a command was not checked before it was sent: ${encoded.reason}`);
    if (encoded.answer !== 'code') throw new InvariantError(`${encoded.line} is no setting`);
    const { command, line, answer } = encoded;
    const outcome = await this.#ask({ command, line, answer }, { lane: 'user', retry: false, giveUpAtMs });
    this.#report.note(name === 'FTP' ? 'FTP' : 'COMMAND', 'INFO', `${line}: ${outcome.kind}`);
    if (outcome.kind !== 'not-sent') {
      const nowMs = this.#parts.clock.monotonicMs();
      this.#plan = askSoon(this.#plan, [name, 'Measure'], nowMs);
      // What refused the stream may be gone now.
      this.#stream.tryAgainSoon();
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
    this.#report.note('TCP', 'INFO', 'connected');
    this.#plan = afterConnect(this.#plan, this.#parts.clock.monotonicMs());
  }

  #poll(): void {
    this.#cancelWait?.();
    this.#cancelWait = null;
    const nowMs = this.#parts.clock.monotonicMs();
    this.#plan = withPace(this.#plan, this.#paceMs(), nowMs);
    const next = nextPoll(this.#plan, nowMs);
    if (this.#stream.isWanted && this.#mayStream(next)) {
      void this.#runStream();
      return;
    }
    if (next.kind === 'ask') {
      if (next.command !== DOD) this.#rareInPause += 1;
      this.#plan = next.plan;
      void this.#askPoll(next.command);
      return;
    }
    this.#cancelWait = this.#parts.clock.after(Math.max(1, Math.ceil(next.untilMs - nowMs)), () => {
      this.#cancelWait = null;
      if (this.#session.free) this.#poll();
    });
  }

  /** Whether nothing has to be asked before the stream goes on. */
  #mayStream(next: NextPoll): boolean {
    if (next.kind === 'wait') return true;
    if (next.command === DOD || this.#plan.beforeFirstFrame) return false;
    // Whether it measures is asked in each pause.
    if (next.command === 'Measure') return false;
    return this.#rareInPause >= (this.#report.settings === null ? RARE_IN_FIRST_PAUSES : RARE_IN_PAUSE);
  }

  /** Runs the stream until it is stopped: by the next DOD, by a command, or by nobody wanting it any more. */
  async #runStream(): Promise<void> {
    const { clock } = this.#parts;
    this.#rareInPause = 0;
    this.#stream.started();
    this.#report.acquisition('drd');
    this.#cancelWait = clock.after(Math.max(1, Math.ceil(this.#plan.dodDueAtMs - clock.monotonicMs())), () => {
      this.#cancelWait = null;
      this.#session.stopStream();
    });
    const { line } = encodedStream();
    const check = (text: string): ReturnType<typeof checkAnswer> => ({ kind: 'answer', value: text });
    const outcome = await this.#session.ask({
      line,
      answer: 'stream',
      check,
      lane: 'poll',
      retry: false,
      giveUpAtMs: Infinity,
    });
    this.#cancelWait?.();
    this.#cancelWait = null;
    this.#stream.ended(outcome);
    const last = this.#stream.lastFrame;
    if (last !== null && this.#fold !== null) {
      this.#fold = { ...this.#fold, monotonicMs: last.endMs, ...(last.channel === null ? {} : { carried: last.channel }) };
    }
    if (!this.#stream.isWanted) this.#report.acquisition('dod');
    if (this.#session.free) this.#poll();
  }

  #fellBack(isActive: boolean, why: string): void {
    const text = isActive
      ? `The 10 Hz stream cannot be had: ${why}. Frames are made from DOD until it can.`
      : `The 10 Hz stream can be had again: ${why}.`;
    this.#parts.log.warn({ why }, isActive ? 'the stream cannot be had, DOD stands in' : 'the stream can be had again');
    this.#report.acquisition(isActive ? 'dod' : 'drd');
    this.#report.event('fallback', text, { acquisition: isActive ? 'dod' : 'drd' });
  }

  /** What is wanted of the meter has changed. */
  #wantsChanged(): void {
    if (this.#stream.isRunning && !this.#stream.isWanted) this.#session.stopStream();
    if (this.#session.free) this.#poll();
  }

  #paceMs(): number {
    return this.#stream.isWanted ? Math.max(this.#parts.streamDodEveryMs, paceMs(this.#unit)) : paceMs(this.#unit);
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
    this.#stream.results(reading.channels[0]);
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
    } else if (command === 'Measurement Start Time') this.#startTold(outcome.value);
    else if (ALL_SETTINGS.includes(command)) this.#report.answered(command, outcome.value);
  }

  /** The meter's own start time, brought to the edge's clock by the offset that was measured. */
  #startTold(value: string): void {
    const clock = parseMeterClock(value);
    const { clockOffsetS } = this.#report.snapshot;
    if (clock === null || clockOffsetS === null) return;
    this.#report.runInput({ kind: 'told', sinceMs: naiveMsOfMeterClock(clock) - clockOffsetS * 1000 });
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

function encodedStream(): { readonly line: string } {
  const encoded = encodeRequest('DRD');
  if (encoded.kind === 'refused') throw new InvariantError(encoded.reason);
  return encoded;
}

const paceMs = (unit: DesiredUnit): number => unit.poll_interval_s * 1000;

function longestIntervalMs(unit: DesiredUnit): number {
  return Math.max(LONGEST_INTERVAL_MS, Math.min(LONGEST_SLOW_INTERVAL_MS, paceMs(unit) * 1.5));
}
