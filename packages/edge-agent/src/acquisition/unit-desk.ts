/** One meter as commands see it: the {@link MeterDesk} of a unit. Neighbours: command-desk.ts carries commands out here; the session, the slot keeper and the report do it. */
import type { DesiredUnit, RunState, UnitInfo, UnitState } from '@slmm/protocol';
import type { Clock } from '@slmm/shared';
import type { CardAddress } from '../card/card-session.ts';
import type { MeterDesk, StreamHold } from '../commands/meter-desk.ts';
import type { DeviceLogCategory, DeviceLogLevel } from '../diagnosis/device-log.ts';
import type { Evidence } from '../diagnosis/evidence.ts';
import type { Look } from '../diagnosis/link-health.ts';
import type { Outcome } from '../meter-session/exchange.ts';
import type { MeterSession } from '../meter-session/meter-session.ts';
import type { FtpDebt, FtpWord } from './ftp-debt.ts';
import { type Checking, userQuestion, userSetting } from './meter-question.ts';
import type { SlotHold } from './slot-hold.ts';
import type { SlotKeeper } from './slot-keeper.ts';
import type { UnitReport } from './unit-report.ts';

export interface UnitDeskParts {
  readonly ftpDebt: FtpDebt;
  readonly clock: Clock;
  readonly session: Pick<MeterSession, 'ask'>;
  readonly keeper: SlotKeeper;
  readonly report: UnitReport;
  readonly checking: Checking;
  readonly unit: () => DesiredUnit;
  readonly holdStream: () => StreamHold;
  /** One question and what became of it. */
  readonly asked: (command: string, line: string, outcome: Outcome) => void;
  /** One setting and what became of it. */
  readonly sent: (command: string, argument: string, line: string, outcome: Outcome) => void;
}

export class UnitDesk implements MeterDesk {
  readonly #parts: UnitDeskParts;

  constructor(parts: UnitDeskParts) {
    this.#parts = parts;
  }

  get isEnabled(): boolean {
    return this.#parts.unit().enabled;
  }

  get isHeld(): boolean {
    return this.#parts.keeper.isHeld;
  }

  get card(): CardAddress | null {
    const { ftp, host } = this.#parts.unit();
    return ftp === null || !ftp.enabled ? null : { host, port: ftp.port, user: ftp.user, password: ftp.password };
  }

  get clockOffsetS(): number | null {
    return this.#parts.report.snapshot.clockOffsetS;
  }

  get run(): RunState {
    return this.#parts.report.run;
  }

  get state(): UnitState {
    return this.#parts.report.state;
  }

  get evidence(): Evidence {
    return this.#parts.report.doctor.evidence;
  }

  nowMs(): number {
    return this.#parts.clock.nowMs();
  }

  lastRead(command: string): string | null {
    return this.#parts.report.snapshot.values[command] ?? null;
  }

  settingsRead(): UnitInfo {
    return this.#parts.report.info;
  }

  logLines(...query: Parameters<MeterDesk['logLines']>): ReturnType<MeterDesk['logLines']> {
    return this.#parts.report.deviceLog.query(...query);
  }

  async request(name: string, giveUpAtMs: number): Promise<Outcome> {
    const { asked, checking, session } = this.#parts;
    const question = userQuestion(name, checking, giveUpAtMs);
    const outcome = await session.ask(question);
    asked(name, question.line, outcome);
    return outcome;
  }

  async set(name: string, argument: string, giveUpAtMs: number): Promise<Outcome> {
    const { report, sent, session } = this.#parts;
    const question = userSetting(name, argument, giveUpAtMs);
    const outcome = await session.ask(question);
    report.note(categoryOf(name), outcome.kind === 'answered' ? 'INFO' : 'WARNING', `${question.line}: ${becameOf(outcome)}`);
    sent(name, argument, question.line, outcome);
    return outcome;
  }

  note(category: DeviceLogCategory, level: DeviceLogLevel, message: string): void {
    this.#parts.report.note(category, level, message);
    if (category === 'FTP') this.evidence.ftp(message, this.nowMs());
  }

  commandTold(text: string, detail: Record<string, unknown>): void {
    this.#parts.report.event('command', text, detail);
  }

  holdStream(): StreamHold {
    return this.#parts.holdStream();
  }

  oweFtp(word: FtpWord): Promise<void> {
    return this.#parts.ftpDebt.owe(word);
  }

  changeHold(change: Partial<SlotHold>): Promise<void> {
    return this.#parts.keeper.change(change);
  }

  claim(): Promise<void> {
    return this.#parts.keeper.claim();
  }

  look(): Promise<Look | null> {
    return this.#parts.report.doctor.look();
  }

  powerCycle(whileMeasuring: boolean): Promise<{ readonly ok: boolean; readonly detail: string }> {
    return this.#parts.report.doctor.powerCycle(whileMeasuring);
  }
}

function categoryOf(setting: string): DeviceLogCategory {
  if (setting === 'FTP') return 'FTP';
  return setting === 'Clock' ? 'SYNC' : 'COMMAND';
}

/** What became of a setting, for people. */
function becameOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'answered':
      return 'done (R+0000)';
    case 'refused-by-meter':
      return `refused by the meter (R+${outcome.code})`;
    case 'failed':
      return `sent, and not known whether it was done: ${outcome.detail}`;
    case 'not-sent':
      return `not sent: ${outcome.detail}`;
  }
}
