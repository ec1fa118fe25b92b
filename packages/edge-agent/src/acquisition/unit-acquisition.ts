/**
 * One meter under watch, put together: its slot, what is asked of it, what its answers tell, and the desk at which commands are carried out.
 * Neighbours: running-units.ts has one of these per unit.
 */
import type { DesiredUnit, EdgeHealth } from '@slmm/protocol';
import type { MeterDesk, StreamHold } from '../commands/meter-desk.ts';
import { hasOctave, RARE_QUESTIONS } from '../diagnosis/settings-snapshot.ts';
import type { Outcome } from '../meter-session/exchange.ts';
import type { OpenMeterLink } from '../meter-session/meter-link.ts';
import { createMeterSession, type MeterSession } from '../meter-session/meter-session.ts';
import type { SessionTiming } from '../meter-session/session-timing.ts';
import { AnswerIntake } from './answer-intake.ts';
import { FtpDebt } from './ftp-debt.ts';
import { type Checking, pollQuestion } from './meter-question.ts';
import { PollFigures } from './poll-figures.ts';
import { DOD } from './poll-plan.ts';
import { Polling } from './polling.ts';
import type { SlotHold, SlotOwner } from './slot-hold.ts';
import { SlotKeeper } from './slot-keeper.ts';
import { TickStream } from './tick-stream.ts';
import { UnitDesk } from './unit-desk.ts';
import type { UnitMemo } from './unit-memory.ts';
import { type ReportParts, UnitReport } from './unit-report.ts';

export interface UnitParts extends Omit<ReportParts, 'slowDown'> {
  /** Id of this edge, and of this start of it. */
  readonly edge: string;
  readonly boot: string;
  readonly memo: UnitMemo;
  /** Whether the whole edge stands by at the start. */
  readonly standby: boolean;
  readonly random: () => number;
  readonly openLink: OpenMeterLink;
  readonly timing: SessionTiming;
  readonly streamDodEveryMs: number;
  /** Time between the start of a stream and any use of FTP. */
  readonly streamApartMs: number;
}

/** One Lp sample stands for no longer than this, or one and a half polls where those are slower, up to a minute. */
const LONGEST_INTERVAL_MS = 5000;
const LONGEST_SLOW_INTERVAL_MS = 60_000;
/** How long the switching back of FTP waits for its turn; otherwise it is done with the next connection. */
const FTP_DEBT_MS = 30_000;

export class UnitAcquisition {
  readonly #report: UnitReport;
  readonly #figures = new PollFigures();
  readonly #session: MeterSession;
  readonly #keeper: SlotKeeper;
  readonly #stream: TickStream;
  readonly #intake: AnswerIntake;
  readonly #polling: Polling;
  readonly #ftpDebt: FtpDebt;
  /** Where commands are carried out. */
  readonly desk: MeterDesk;
  #unit: DesiredUnit;

  constructor(parts: UnitParts, unit: DesiredUnit) {
    const { clock, log } = parts;
    this.#unit = unit;
    const report = new UnitReport({ ...parts, slowDown: () => this.#session.slowDown() }, unit);
    this.#report = report;
    const checking: Checking = {
      hasOctave: () => hasOctave(report.snapshot),
      misfit: (command, { detail, raw }) =>
        log.debug({ command, reason: detail, raw: raw.slice(0, 1000) }, 'a line without the shape it must have'),
    };
    this.#session = createMeterSession({
      clock,
      random: parts.random,
      openLink: parts.openLink,
      address: { host: unit.host, port: unit.port },
      timing: parts.timing,
      listener: {
        free: (isPressed) => this.#polling.free(isPressed),
        connected: () => {
          report.doctor.connected();
          this.#polling.connected();
          this.#ftpDebt.connected();
        },
        good: (answerMs) => {
          this.#figures.good(answerMs);
          report.doctor.good();
        },
        failed: (cause, detail) => {
          this.#figures.failed(cause === 'garbled');
          if (cause === 'garbled') report.garbled();
          else this.#intake.cut();
          report.doctor.failed(cause, detail);
        },
        streamed: (text) => this.#stream.line(text),
        noise: (text) => log.debug({ text: text.slice(0, 200) }, 'the meter sent something nobody had asked for'),
      },
    });
    this.#keeper = new SlotKeeper({
      ...parts,
      enabled: unit.enabled,
      session: this.#session,
      report: (hold, owner, tell) => report.hold(hold, owner, tell),
      announce: () => report.publish(true),
    });
    this.#stream = new TickStream({
      clock,
      log,
      outlet: parts.outlet,
      apartMs: parts.streamApartMs,
      moment: () => ({
        unit: unit.unit,
        run: report.run,
        isPaused: report.state.paused === true,
        settings: report.settings,
        octave: hasOctave(report.snapshot),
      }),
      framed: (draft) => {
        this.#figures.frame();
        report.doctor.good();
        report.overload(draft.over);
      },
      garbled: () => {
        this.#figures.garbled();
        report.garbled();
      },
      fallback: (isActive, why) => this.#fellBack(isActive, why),
      hopeless: () => this.#session.stopStream(),
    });
    this.#stream.configure(unit.acquisition);
    this.#polling = new Polling({
      clock,
      session: this.#session,
      stream: this.#stream,
      questions: RARE_QUESTIONS,
      paceMs: () => paceMs(this.#unit),
      streamDodEveryMs: parts.streamDodEveryMs,
      questionOf: (command) => pollQuestion(command, checking),
      asked: (command, line, outcome) => this.#asked(command, line, outcome),
      streaming: (isRunning) => this.#streaming(isRunning),
    });
    this.#intake = new AnswerIntake({
      unit: unit.unit,
      clock,
      outlet: {
        frame: (draft) => {
          this.#figures.frame();
          parts.outlet.frame(draft);
        },
      },
      report,
      maxIntervalMs: () => longestIntervalMs(this.#unit),
      results: (channel) => this.#stream.results(channel),
      askSoon: (commands) => this.#polling.soon(commands),
    });
    this.#ftpDebt = new FtpDebt({
      inherited: parts.memo.ftpOwed,
      remember: parts.remember,
      kept: parts.kept,
      pay: (word) => {
        report.note('FTP', 'WARNING', `an order that had switched FTP was cut off; FTP is switched ${word} now, as it should be`);
        void this.desk.set('FTP', word, clock.monotonicMs() + FTP_DEBT_MS);
      },
    });
    this.desk = new UnitDesk({
      ftpDebt: this.#ftpDebt,
      clock,
      session: this.#session,
      keeper: this.#keeper,
      report,
      checking,
      unit: () => this.#unit,
      holdStream: () => this.#holdStream(),
      asked: (command, line, outcome) => this.#asked(command, line, outcome),
      sent: (command, argument, line, outcome) => this.#sent(command, argument, line, outcome),
    });
  }

  /** Takes the slot, and not before that instant (monotonic ms): whoever had it before may just have gone. */
  start(connectFromMs: number): void {
    this.#keeper.start(connectFromMs);
  }

  /** Takes over what can change while the unit runs: everything but its address and whether it is enabled. */
  configure(unit: DesiredUnit): void {
    const before = this.#unit;
    this.#unit = unit;
    this.#stream.configure(unit.acquisition);
    this.#report.configure(unit);
    if (before.poll_interval_s !== unit.poll_interval_s || before.acquisition !== unit.acquisition) this.#polling.wantsChanged();
  }

  /** Somebody wants the raw ticks, or nobody any more. */
  watchStream(isWatched: boolean): void {
    this.#stream.watch(isWatched);
    this.#polling.wantsChanged();
  }

  changeHold(change: Partial<SlotHold>): Promise<void> {
    return this.#keeper.change(change);
  }

  get hasRival(): boolean {
    return this.#keeper.hasRival;
  }

  ownerSeen(owner: SlotOwner, kept: boolean): void {
    this.#keeper.ownerSeen(owner, kept);
  }

  claimed(): void {
    this.#keeper.claimed();
  }

  announce(): void {
    this.#report.publish(true);
  }

  takeFigures(): EdgeHealth['units'][string] {
    return this.#figures.take();
  }

  /**
   * Gives the slot away for good; nothing is published from here on. Resolves when the socket is gone, with the instant (monotonic ms)
   * from which on somebody else may connect.
   */
  async close(): Promise<number> {
    this.#polling.stop();
    this.#keeper.stop();
    this.#report.retire();
    await this.#session.close();
    return this.#session.connectFromMs;
  }

  /** One question, whoever asked it, and what became of it. */
  #asked(command: string, line: string, outcome: Outcome): void {
    this.#note(line, outcome);
    if (command === 'DRD') return;
    this.#intake.take(command, outcome);
    if (command === DOD) return;
    if (outcome.kind === 'answered') this.#polling.answered(command, false);
    else if (outcome.kind === 'refused-by-meter') this.#polling.answered(command, outcome.code === '0001');
  }

  #sent(command: string, argument: string, line: string, outcome: Outcome): void {
    this.#note(line, outcome);
    if (command === 'FTP') {
      this.#report.doctor.evidence.ftp(`${line}: ${outcome.kind}`, this.desk.nowMs());
      this.#ftpDebt.sent(argument, outcome);
    }
    // A setting whose answer was lost may have been carried out.
    if (outcome.kind !== 'answered' && outcome.kind !== 'failed') return;
    // What refused the stream may be gone now.
    this.#stream.tryAgainSoon();
    this.#intake.ordered(command, argument);
  }

  #note(line: string, outcome: Outcome): void {
    this.#report.doctor.evidence.command(line, outcome, this.desk.nowMs());
  }

  #streaming(isRunning: boolean): void {
    if (isRunning) return this.#report.acquisition('drd');
    const last = this.#stream.lastFrame;
    if (last !== null) this.#intake.ticked(last.endMs, last.channel);
    if (!this.#stream.isWanted) this.#report.acquisition('dod');
  }

  #holdStream(): StreamHold {
    const restMs = this.#stream.holdForCard();
    this.#polling.wantsChanged();
    let isReleased = false;
    return {
      restMs,
      release: () => {
        if (isReleased) return;
        isReleased = true;
        this.#stream.releaseCard();
        this.#polling.wantsChanged();
      },
    };
  }

  #fellBack(isActive: boolean, why: string): void {
    this.#report.acquisition(isActive ? 'dod' : 'drd');
    this.#report.fellBack(isActive, why);
  }
}

const paceMs = (unit: DesiredUnit): number => unit.poll_interval_s * 1000;

function longestIntervalMs(unit: DesiredUnit): number {
  return Math.max(LONGEST_INTERVAL_MS, Math.min(LONGEST_SLOW_INTERVAL_MS, paceMs(unit) * 1.5));
}
