/**
 * What a unit says of itself beside its frames: state, info and events, each published when it changes and not at every poll.
 * Neighbours: unit-acquisition.ts tells it what was seen, outlet.ts carries it on.
 */
import type { DesiredUnit, RunState, UnitEvent, UnitInfo, UnitState } from '@slmm/protocol';
import { type Clock, type Logger, toInstant } from '@slmm/shared';
import { afterFailure, afterGood, afterProbe, type LinkHealth, UNKNOWN_LINK, wantsProbe } from '../diagnosis/link-health.ts';
import { DeviceLog, type DeviceLogCategory, type DeviceLogLevel } from '../diagnosis/device-log.ts';
import type { ProbePort } from '../diagnosis/port-probe.ts';
import {
  changedSettings,
  EMPTY_SNAPSHOT,
  type SettingsSnapshot,
  settingsHash,
  unitInfoOf,
  withAnswer,
} from '../diagnosis/settings-snapshot.ts';
import type { FailureCause } from '../meter-session/exchange.ts';
import type { Outlet } from './outlet.ts';
import { foldRun, RUN_UNKNOWN, type RunInput, type RunRecord } from './run-record.ts';
import { HELD, type SlotHold, type SlotOwner, whyNotHeld } from './slot-hold.ts';

export interface ReportParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly outlet: Outlet;
  readonly probePort: ProbePort;
  /** A new id for an event, unique among all events of this boot. */
  readonly nextEventId: () => string;
  /** The run as it was known when the agent stopped last. */
  readonly rememberedRun: RunRecord | null;
  readonly rememberRun: (run: RunRecord) => void;
}

/** Lines of the device log in the evidence of a wedge. */
const EVIDENCE_LINES = 40;
/** Overload comes and goes with every passing lorry; one event a minute tells it. */
const OVERLOAD_EVENT_EVERY_MS = 60_000;

export class UnitReport {
  readonly #parts: ReportParts;
  #unit: DesiredUnit;
  #health: LinkHealth = UNKNOWN_LINK;
  #run: RunRecord = RUN_UNKNOWN;
  #snapshot: SettingsSnapshot = EMPTY_SNAPSHOT;
  #battery: string | null = null;
  #sdFreeMb: number | null = null;
  #garbled = 0;
  #acquisition: UnitState['acquisition'] = 'dod';
  #isOver = false;
  #overToldAtMs = -Infinity;
  #isProbing = false;
  #isRetired = false;
  #hold: SlotHold = HELD;
  #holdSinceMs: number;
  #owner: SlotOwner | null = null;
  readonly deviceLog = new DeviceLog();
  #publishedState = '';
  #publishedInfo = '';

  constructor(parts: ReportParts, unit: DesiredUnit) {
    this.#parts = parts;
    this.#unit = unit;
    this.#holdSinceMs = parts.clock.nowMs();
    this.#hold = { ...HELD, enabled: unit.enabled };
    if (parts.rememberedRun !== null) this.#run = { ...parts.rememberedRun, remembered: true };
  }

  get run(): RunState {
    return this.#run.run;
  }

  get snapshot(): SettingsSnapshot {
    return this.#snapshot;
  }

  get settings(): string | null {
    return settingsHash(this.#snapshot);
  }

  get info(): UnitInfo {
    return unitInfoOf(this.#snapshot);
  }

  /** Why the meter cannot be reached, or `null` while it can. */
  get unreachableReason(): string | null {
    return this.#health.reachable ? null : this.#health.reason;
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
    this.publish();
  }

  /** From here on nothing is published: another may speak for the unit now. */
  retire(): void {
    this.#isRetired = true;
  }

  good(): void {
    const before = this.#health;
    this.#health = afterGood(before, this.#parts.clock.nowMs());
    if (before.reachable) return this.publish();
    if (before.known) {
      this.#parts.log.info('the meter answers again');
      this.event('link-changed', 'The meter answers again.', { link: 'ok', was: before.link });
    }
    if (before.link === 'wedged') this.event('wedge-cured', 'The control port of the meter answers again.');
    this.publish();
  }

  failed(cause: FailureCause, detail: string): void {
    const { clock, log } = this.#parts;
    if (cause === 'garbled') this.#garbled += 1;
    const before = this.#health;
    this.#health = afterFailure(before, cause, detail, clock.nowMs());
    this.note(cause === 'garbled' || cause === 'timeout' ? 'POLL' : 'TCP', 'WARNING', `${cause}: ${detail}`);
    this.#suspectWedge(cause);
    log.debug({ cause, detail, failures: this.#health.failures }, 'the meter failed');
    if (!this.#health.reachable && (before.reachable || !before.known)) {
      log.warn({ link: this.#health.link, reason: this.#health.reason }, 'the meter cannot be reached');
      this.event('link-changed', this.#health.reason ?? detail, { link: this.#health.link, was: before.known ? 'ok' : null });
    }
    this.publish();
    this.#probe();
  }

  runInput(input: RunInput): void {
    const { record, change } = foldRun(this.#run, input);
    if (record !== this.#run && record.run !== 'unknown') this.#parts.rememberRun(record);
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
  }

  /** Takes in the answer to one of the rare questions; `null` when the meter does not know it. */
  answered(command: string, value: string | null): void {
    const before = this.#snapshot;
    if (command === 'Battery Level') this.#battery = value;
    else if (command === 'SD Card Free Size') this.#sdFreeMb = megabytesOf(value);
    else this.#snapshot = withAnswer(before, command, value, this.#parts.clock.nowMs());
    if (command === 'Sleep Mode') this.#health = { ...this.#health, mayBeAsleep: value === 'On' };
    const changes = changedSettings(before, this.#snapshot);
    if (changes.length > 0)
      this.event('settings-changed', `Settings of the meter have changed: ${changes.join(', ')}.`, { changes });
    this.publish();
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

  /** The first refusal of a port that was open before may be a dead listener; the look at the FTP port will tell. */
  #suspectWedge(cause: FailureCause): void {
    if (cause !== 'refused' || this.#health.refusalsInARow !== 2 || this.#health.lastOkMs === null) return;
    if (this.#unit.ftp === null) return;
    const text = 'The control port refuses connections that it took before; whether the FTP port answers will be looked at.';
    this.event('wedge-suspected', text, { ftp_port: this.#unit.ftp.port });
  }

  event(kind: UnitEvent['kind'], text: string, detail?: Record<string, unknown>): void {
    if (this.#isRetired) return;
    const { clock, nextEventId, outlet } = this.#parts;
    this.note(kind === 'command' ? 'COMMAND' : 'STATE', kind.startsWith('wedge-c') ? 'ERROR' : 'INFO', text);
    const event: UnitEvent = { id: nextEventId(), at: toInstant(clock.nowMs()), kind, text: text.slice(0, 500) };
    outlet.unitEvent(this.#unit.unit, detail === undefined ? event : { ...event, detail });
  }

  /** Publishes what differs from what was published last; `again` publishes all of it. */
  publish(again = false): void {
    if (this.#isRetired) return;
    const { outlet } = this.#parts;
    const { unit } = this.#unit;
    if (whyNotHeld(this.#hold) !== null || this.#health.known) {
      const state = this.#state();
      // The instant of the last answer, and counts that grow with every poll, are no news by themselves.
      const news = JSON.stringify({ ...state, last_ok: null, garbled: 0, failures: Math.min(3, state.failures) });
      if (again || news !== this.#publishedState) outlet.unitState(unit, state);
      this.#publishedState = news;
    }
    const info = unitInfoOf(this.#snapshot);
    const news = JSON.stringify(info);
    if (info.read_at !== null && (again || news !== this.#publishedInfo)) outlet.unitInfo(unit, info);
    this.#publishedInfo = news;
  }

  #state(): UnitState {
    const health = this.#health;
    const notHeld = whyNotHeld(this.#hold);
    return {
      link: notHeld?.link ?? health.link,
      since: toInstant(notHeld === null ? health.sinceMs : this.#holdSinceMs),
      last_ok: health.lastOkMs === null ? null : toInstant(health.lastOkMs),
      reachable: notHeld === null && health.reachable,
      failures: health.failures,
      reason: notHeld === null ? health.reason : notHeld.reason,
      run: this.#run.run,
      run_since: this.#run.sinceMs === null ? null : toInstant(this.#run.sinceMs),
      run_since_basis: this.#run.basis,
      owner: this.#owner,
      acquisition: this.#acquisition,
      battery: this.#battery,
      power: null,
      sd_free_mb: this.#sdFreeMb,
      garbled: this.#garbled,
    };
  }

  /** A refusing control port beside an answering FTP port is a dead listener, not a dead meter. */
  #probe(): void {
    const { clock, probePort } = this.#parts;
    const { ftp, host } = this.#unit;
    if (ftp === null || this.#isProbing || !wantsProbe(this.#health, clock.monotonicMs())) return;
    this.#isProbing = true;
    this.#health = { ...this.#health, probedAtMs: clock.monotonicMs() };
    void probePort({ host, port: ftp.port }).then((answer) => {
      this.#isProbing = false;
      const before = this.#health;
      this.#health = afterProbe(before, answer, clock.nowMs());
      if (this.#health.link === 'wedged' && before.link !== 'wedged') {
        this.event('wedge-confirmed', this.#health.reason ?? 'The control listener of the meter has died.', {
          ftp_port: ftp.port,
          last_ok: before.lastOkMs === null ? null : toInstant(before.lastOkMs),
          refusals: before.refusalsInARow,
          // What led there: the last commands, connections and failures.
          evidence: this.deviceLog
            .query('DEBUG', null, EVIDENCE_LINES)
            .map(({ at, category, message }) => `${at} ${category} ${message}`),
        });
      }
      this.publish();
    });
  }
}

/** Free space on the card in MB, from texts like `3815MB` or `3.7 GB`; a bare number is MB. */
function megabytesOf(text: string | null): number | null {
  const match = text === null ? null : /^(\d+(?:\.\d+)?) ?(MB|GB)?$/.exec(text);
  if (match === null) return null;
  return Number(match[1]) * (match[2] === 'GB' ? 1024 : 1);
}
