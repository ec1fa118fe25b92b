/**
 * What a unit says of itself beside its frames: state, info and events, each published when it changes and not at every poll.
 * Neighbours: answer-intake.ts and link-doctor.ts tell it what was seen, outlet.ts carries it on.
 */
import type { DesiredUnit, RunState, UnitEvent, UnitInfo, UnitState } from '@slmm/protocol';
import { type Clock, type Logger, toInstant } from '@slmm/shared';
import { DeviceLog, type DeviceLogCategory, type DeviceLogLevel } from '../diagnosis/device-log.ts';
import { LinkDoctor, type LinkDoctorParts } from '../diagnosis/link-doctor.ts';
import { linkOf } from '../diagnosis/link-health.ts';
import { type SettingsSnapshot, settingsHash, unitInfoOf } from '../diagnosis/settings-snapshot.ts';
import { SettingsWatch } from '../diagnosis/settings-watch.ts';
import type { Outlet } from './outlet.ts';
import { foldRun, RUN_UNKNOWN, type RunChange, type RunInput, type RunRecord } from './run-record.ts';
import { HELD, type SlotHold, type SlotOwner, whyNotHeld } from './slot-hold.ts';
import type { UnitMemo } from './unit-memory.ts';

export interface ReportParts extends Pick<LinkDoctorParts, 'probePort' | 'relay' | 'slowDown'> {
  readonly clock: Clock;
  readonly log: Logger;
  readonly outlet: Outlet;
  /** A new id for an event, unique among all events of this boot. */
  readonly nextEventId: () => string;
  /** What is remembered of the unit from former lives of the agent, and how to remember. */
  readonly memo: Pick<UnitMemo, 'run' | 'clock' | 'relayedAtMs'>;
  readonly remember: (change: Partial<UnitMemo>) => void;
  /** Resolves when what was remembered outlives the program. */
  readonly kept: () => Promise<void>;
}

/** Overload comes and goes with every passing lorry; one event a minute tells it. */
const OVERLOAD_EVENT_EVERY_MS = 60_000;

export class UnitReport {
  readonly #parts: ReportParts;
  readonly deviceLog = new DeviceLog();
  readonly doctor: LinkDoctor;
  readonly #settings: SettingsWatch;
  #unit: DesiredUnit;
  #run: RunRecord = RUN_UNKNOWN;
  #battery: string | null = null;
  #sdFreeMb: number | null = null;
  #garbled = 0;
  #acquisition: UnitState['acquisition'] = 'dod';
  #isOver = false;
  #overToldAtMs = -Infinity;
  #isRetired = false;
  #hold: SlotHold = HELD;
  #holdSinceMs: number;
  #owner: SlotOwner | null = null;
  #publishedState = '';
  #publishedInfo = '';

  constructor(parts: ReportParts, unit: DesiredUnit) {
    const { memo, remember } = parts;
    this.#parts = parts;
    this.#unit = unit;
    this.#holdSinceMs = parts.clock.nowMs();
    this.#hold = { ...HELD, enabled: unit.enabled };
    if (memo.run !== null) this.#run = { ...memo.run, remembered: true };
    const tell = {
      event: (kind: UnitEvent['kind'], text: string, detail?: Record<string, unknown>) => this.event(kind, text, detail),
      note: (category: DeviceLogCategory, level: DeviceLogLevel, message: string) => this.note(category, level, message),
    };
    this.#settings = new SettingsWatch({ ...parts, ...tell });
    this.doctor = new LinkDoctor({
      ...parts,
      ...tell,
      relayedAtMs: memo.relayedAtMs,
      rememberRelayed: (relayedAtMs) => {
        remember({ relayedAtMs });
        return parts.kept();
      },
      unit: () => this.#unit,
      run: () => this.#run.run,
      changed: () => this.publish(),
    });
  }

  get run(): RunState {
    return this.#run.run;
  }

  get snapshot(): SettingsSnapshot {
    return this.#settings.snapshot;
  }

  get settings(): string | null {
    return settingsHash(this.snapshot);
  }

  get info(): UnitInfo {
    return unitInfoOf(this.snapshot);
  }

  configure(unit: DesiredUnit): void {
    this.#unit = unit;
    this.publish();
  }

  /** Whether the slot may be held, and who holds it. A change is an event, except the first. */
  hold(hold: SlotHold, owner: SlotOwner | null, tell: boolean): void {
    const before = whyNotHeld(this.#hold)?.reason ?? null;
    const now = whyNotHeld(hold)?.reason ?? null;
    this.#hold = hold;
    this.#owner = owner;
    if (before !== now) {
      this.#holdSinceMs = this.#parts.clock.nowMs();
      if (tell) this.event('slot', now ?? 'The agent holds the slot of this meter again.', { held: now === null });
    }
    if (hold.rival === null) this.publish();
    else this.#parts.outlet.standBack(this.#unit.unit);
  }

  /** From here on nothing is published: another may speak for the unit now. */
  retire(): void {
    this.#isRetired = true;
  }

  garbled(): void {
    this.#garbled += 1;
  }

  /** Takes in what was seen of the run; gives the change that has happened. */
  runInput(input: RunInput): RunChange | null {
    const { record, change } = foldRun(this.#run, input);
    if (record !== this.#run && record.run !== 'unknown') this.#parts.remember({ run: record });
    this.#run = record;
    if (change !== null) {
      const what = change.to === 'Start' ? 'The measurement was started' : 'The measurement was stopped';
      this.event(
        'run-changed',
        change.ordered ? `${what} by command.` : `${what} at the meter or by itself; nobody ordered it here.`,
        { ...change },
      );
    }
    this.publish();
    return change;
  }

  /** A setting was sent through this edge: what it changes is no surprise. */
  ordered(command: string, argument: string): void {
    this.#settings.ordered(command, argument);
  }

  /**
   * Takes in the answer to one of the rare questions; `null` when the meter does not know it. True when another meter stands there now:
   * then nothing is known any more that was known before.
   */
  answered(command: string, value: string | null): boolean {
    if (command === 'Sleep Mode' || command === 'FTP') this.doctor.settingRead(command, value);
    if (command === 'Sleep Mode' && value === 'On' && this.snapshot.values[command] !== 'On')
      this.note(
        'STATE',
        'WARNING',
        'Sleep Mode is on: when the meter sleeps it has no network, and nothing wakes it from afar (sleep-off).',
      );
    let isAnother = false;
    if (command === 'Battery Level') this.#battery = value;
    else if (command === 'SD Card Free Size') this.#sdFreeMb = megabytesOf(value);
    else isAnother = this.#settings.answered(command, value);
    this.publish();
    return isAnother;
  }

  /** By what the frames are made at present. */
  acquisition(acquisition: UnitState['acquisition']): void {
    if (this.#acquisition === acquisition) return;
    this.#acquisition = acquisition;
    this.publish();
  }

  overload(isOver: boolean): void {
    const nowMs = this.#parts.clock.monotonicMs();
    if (isOver && !this.#isOver && nowMs - this.#overToldAtMs >= OVERLOAD_EVENT_EVERY_MS) {
      this.#overToldAtMs = nowMs;
      this.event('overload', 'The meter is overloaded: levels are lower bounds while this lasts.');
    }
    this.#isOver = isOver;
  }

  /** One line of the device log. */
  note(category: DeviceLogCategory, level: DeviceLogLevel, message: string): void {
    this.deviceLog.note({ at: toInstant(this.#parts.clock.nowMs()), level, category, message });
  }

  /** The stream cannot be had and DOD stands in for it, or it can be had again. */
  fellBack(isActive: boolean, why: string): void {
    const text = isActive
      ? `The 10 Hz stream cannot be had: ${why}. Frames are made from DOD until it can.`
      : `The 10 Hz stream can be had again: ${why}.`;
    this.#parts.log.warn({ why }, isActive ? 'the stream cannot be had, DOD stands in' : 'the stream can be had again');
    this.event('fallback', text, { acquisition: isActive ? 'dod' : 'drd' });
  }

  event(kind: UnitEvent['kind'], text: string, detail?: Record<string, unknown>): void {
    if (this.#isRetired) return;
    const { clock, nextEventId, outlet } = this.#parts;
    // The desk has noted what became of a command.
    if (kind !== 'command') this.note('STATE', kind === 'wedge-confirmed' ? 'ERROR' : 'INFO', text);
    const event: UnitEvent = { id: nextEventId(), at: toInstant(clock.nowMs()), kind, text: text.slice(0, 500) };
    outlet.unitEvent(this.#unit.unit, detail === undefined ? event : { ...event, detail });
  }

  /** Publishes what differs from what was published last; `again` publishes all of it. */
  publish(again = false): void {
    if (this.#isRetired || this.#hold.rival !== null) return;
    const { outlet } = this.#parts;
    const { unit } = this.#unit;
    if (whyNotHeld(this.#hold) !== null || this.doctor.health.known) {
      const { state } = this;
      // The instant of the last answer, and counts that grow with every poll, are no news by themselves.
      const news = JSON.stringify({ ...state, last_ok: null, garbled: 0, failures: Math.min(3, state.failures) });
      if (again || news !== this.#publishedState) outlet.unitState(unit, state);
      this.#publishedState = news;
    }
    const { info } = this;
    const news = JSON.stringify(info);
    if (info.read_at !== null && (again || news !== this.#publishedInfo)) outlet.unitInfo(unit, info);
    this.#publishedInfo = news;
  }

  /** As it is published. */
  get state(): UnitState {
    const { health } = this.doctor;
    const notHeld = whyNotHeld(this.#hold);
    return {
      link: notHeld?.link ?? linkOf(health),
      cause: notHeld === null ? health.cause : null,
      since: toInstant(notHeld === null ? health.sinceMs : this.#holdSinceMs),
      last_ok: health.lastOkMs === null ? null : toInstant(health.lastOkMs),
      reachable: notHeld === null && health.reachable,
      failures: health.failures,
      reason: notHeld === null ? health.reason : notHeld.reason,
      run: this.#run.run,
      run_since: this.#run.sinceMs === null ? null : toInstant(this.#run.sinceMs),
      run_since_basis: this.#run.basis,
      run_ordered: this.#run.basis === 'seen' ? this.#run.ordered : null,
      paused: this.#run.run === 'Start' ? onOff(this.snapshot.values['Pause']) : null,
      owner: this.#owner,
      acquisition: this.#acquisition,
      battery: this.#battery,
      power: null,
      sd_free_mb: this.#sdFreeMb,
      garbled: this.#garbled,
    };
  }
}

const onOff = (value: string | null | undefined): boolean | null =>
  value === null || value === undefined ? null : value === 'On';

/** Free space on the card in MB, from texts like `3815MB` or `3.7 GB`; a bare number is MB. */
function megabytesOf(text: string | null): number | null {
  const match = text === null ? null : /^(\d+(?:\.\d+)?) ?(MB|GB)?$/i.exec(text);
  if (match === null) return null;
  return Number(match[1]) * (match[2]?.toUpperCase() === 'GB' ? 1024 : 1);
}
