/** The meter's own clock: no zone, no NTP, set by people, drifting. */
import { formatMeterClock, type MeterClock, meterClockFromNaiveMs, naiveMsOfMeterClock } from '@slmm/protocol';

const DAY_MS = 86_400_000;

export class DriftingClock {
  #offsetMs: number;
  #driftMsPerDay: number;
  #setAtMs: number;

  /** `offsetMs` is how far the wall time shown is from UTC, a zone and an error together. */
  constructor(offsetMs: number, driftMsPerDay: number, atMs: number) {
    this.#offsetMs = offsetMs;
    this.#driftMsPerDay = driftMsPerDay;
    this.#setAtMs = atMs;
  }

  /** The wall time shown at a true instant, in milliseconds as if it were UTC. */
  naiveMsAt(atMs: number): number {
    return atMs + this.#offsetMs + (this.#driftMsPerDay * (atMs - this.#setAtMs)) / DAY_MS;
  }

  textAt(atMs: number): string {
    return formatMeterClock(meterClockFromNaiveMs(this.naiveMsAt(atMs)));
  }

  /** Somebody sets the clock. The crystal drifts on as before. */
  setTo(clock: MeterClock, atMs: number): void {
    this.#offsetMs = naiveMsOfMeterClock(clock) - atMs;
    this.#setAtMs = atMs;
  }

  /** Moves the shown time by an error, and drifts from now on at another rate. */
  disturb(byMs: number, driftMsPerDay: number, atMs: number): void {
    this.#offsetMs = this.naiveMsAt(atMs) - atMs + byMs;
    this.#setAtMs = atMs;
    this.#driftMsPerDay = driftMsPerDay;
  }
}
