/**
 * How one meter is set, as its answers come: keeps the snapshot, and tells what has changed, by whose order, and that another meter stands there
 * or its clock goes astray. Shell around settings-snapshot.ts and meter-clock-watch.ts. Neighbour: unit-report.ts publishes.
 */
import type { UnitEvent } from '@slmm/protocol';
import type { Clock } from '@slmm/shared';
import type { UnitMemo } from '../acquisition/unit-memory.ts';
import type { DeviceLogCategory, DeviceLogLevel } from './device-log.ts';
import { CLOCK_UNWATCHED, type ClockWatchState, foldClock } from './meter-clock-watch.ts';
import { changedSettings, EMPTY_SNAPSHOT, isSameSetting, type SettingsSnapshot, withAnswer } from './settings-snapshot.ts';

export interface SettingsWatchParts {
  readonly clock: Clock;
  readonly memo: Pick<UnitMemo, 'clock'>;
  readonly remember: (change: Pick<UnitMemo, 'clock'>) => void;
  readonly event: (kind: UnitEvent['kind'], text: string, detail: Record<string, unknown>) => void;
  readonly note: (category: DeviceLogCategory, level: DeviceLogLevel, message: string) => void;
}

export class SettingsWatch {
  readonly #parts: SettingsWatchParts;
  #snapshot: SettingsSnapshot = EMPTY_SNAPSHOT;
  #clock: ClockWatchState;
  /** Settings that were sent through this edge and not read back yet. */
  readonly #ordered = new Map<string, string>();

  constructor(parts: SettingsWatchParts) {
    this.#parts = parts;
    this.#clock = { ...CLOCK_UNWATCHED, reference: parts.memo.clock };
  }

  get snapshot(): SettingsSnapshot {
    return this.#snapshot;
  }

  /** A setting was sent through this edge: what it changes is no surprise. */
  ordered(command: string, argument: string): void {
    this.#ordered.set(command, argument);
  }

  /**
   * Takes in the answer to one of the rare questions; `null` when the meter does not know it. True when another meter stands there now:
   * then nothing is known any more that was known before.
   */
  answered(command: string, value: string | null): boolean {
    const before = this.#snapshot;
    const orderedValue = this.#ordered.get(command);
    this.#ordered.delete(command);
    this.#snapshot = withAnswer(before, command, value, this.#parts.clock.nowMs());
    if (command === 'Clock' && this.#snapshot !== before) this.#clockRead(orderedValue !== undefined);
    const serialBefore = before.values['Serial Number'] ?? null;
    if (command === 'Serial Number' && serialBefore !== null && value !== null && serialBefore !== value) {
      this.#anotherMeter(serialBefore, value);
      return true;
    }
    this.#tellChanges(
      changedSettings(before, this.#snapshot),
      orderedValue !== undefined && value !== null && isSameSetting(orderedValue, value),
    );
    return false;
  }

  #tellChanges(changes: readonly string[], ordered: boolean): void {
    if (changes.length === 0) return;
    const how = ordered ? 'by command' : 'at the meter or by itself; nobody ordered it here';
    const text = `The meter is set otherwise, ${how}: ${changes.join(', ')}.`;
    this.#parts.event('settings-changed', text, { changes, ordered });
  }

  #anotherMeter(before: string, now: string): void {
    const { clock, event, remember } = this.#parts;
    this.#snapshot = withAnswer(EMPTY_SNAPSHOT, 'Serial Number', now, clock.nowMs());
    this.#clock = CLOCK_UNWATCHED;
    remember({ clock: null });
    const changes = [`Serial Number: ${before} -> ${now}`];
    const text = `Another meter stands there: serial number ${now} in place of ${before}.`;
    event('settings-changed', text, { changes, ordered: false });
  }

  /** Watches over the offset that has just been measured. */
  #clockRead(ordered: boolean): void {
    const { clock, event, note, remember } = this.#parts;
    const { clockOffsetS: offsetS } = this.#snapshot;
    if (offsetS === null) return;
    const before = this.#clock;
    const { state, news } = foldClock(before, { offsetS, atMs: clock.nowMs(), monotonicMs: clock.monotonicMs() }, ordered);
    this.#clock = state;
    if (state.reference !== before.reference) remember({ clock: state.reference });
    const stands = standingOf(offsetS);
    note('SYNC', before.last === null ? 'INFO' : 'DEBUG', `the meter's clock is ${stands}`);
    if (news?.kind === 'drifted') {
      const { byS, perDayS } = news;
      const text = `The meter's clock has drifted by ${byS} s (${perDayS} s a day); it is ${stands}.`;
      event('clock-drift', text, { offset_s: offsetS, by_s: byS, per_day_s: perDayS });
    } else if (news?.kind === 'set') {
      const text = `Somebody has set the meter's clock by ${news.byS} s, and nobody ordered it here; it is ${stands}.`;
      event('settings-changed', text, { changes: [`Clock: by ${news.byS} s`], ordered: false, offset_s: offsetS });
    }
  }
}

const standingOf = (offsetS: number): string =>
  offsetS === 0 ? "at the edge's time" : `${Math.abs(offsetS)} s ${offsetS > 0 ? 'ahead of' : 'behind'} the edge's`;
