/**
 * How far the edge's clock is ahead of the hub's, from acknowledges. Pure.
 * An acknowledge carries the hub's time. It was written before it came here, so `received - at` is the offset plus a delay: an upper bound. It was written after
 * the newest frame it covers was sent, so `sent - at` is a lower bound. The truth lies between the best bounds of the last few acknowledges.
 * An acknowledge that was held back for long has a lower bound that says nothing; then the upper one is taken alone.
 */
const KEPT_SAMPLES = 16;
/** Bounds that are further apart are not divided evenly. */
const MAX_SPREAD_MS = 5000;
/** The stamped figure follows the measured one only when it is off by more, so that it does not jitter from frame to frame. */
const STAMP_HYSTERESIS_MS = 25;

interface Sample {
  readonly lowMs: number | null;
  readonly highMs: number;
}

export class ClockOffset {
  #samples: Sample[] = [];
  #stampMs: number | null = null;

  /** All in milliseconds of wall time: the edge's, the hub's, the edge's. */
  sample(sentMs: number | null, hubMs: number, receivedMs: number): void {
    this.#samples.push({ lowMs: sentMs === null ? null : sentMs - hubMs, highMs: receivedMs - hubMs });
    this.#samples = this.#samples.slice(-KEPT_SAMPLES);
    const measuredMs = this.measuredMs();
    if (measuredMs !== null && (this.#stampMs === null || Math.abs(measuredMs - this.#stampMs) > STAMP_HYSTERESIS_MS))
      this.#stampMs = measuredMs;
  }

  /** Edge minus hub, whole milliseconds; `null` while nothing was measured. */
  measuredMs(): number | null {
    if (this.#samples.length === 0) return null;
    const highMs = Math.min(...this.#samples.map((sample) => sample.highMs));
    const lows = this.#samples.flatMap((sample) => sample.lowMs ?? []);
    const lowMs = Math.max(...lows);
    const isBounded = lows.length > 0 && lowMs <= highMs && highMs - lowMs <= MAX_SPREAD_MS;
    return Math.round(isBounded ? (lowMs + highMs) / 2 : highMs);
  }

  /** What frames are stamped with. */
  stampMs(): number | null {
    return this.#stampMs;
  }

  /** The edge's clock was stepped: what was measured is off by as much. */
  stepped(byMs: number): void {
    this.#samples = this.#samples.map(({ lowMs, highMs }) => ({
      lowMs: lowMs === null ? null : lowMs + byMs,
      highMs: highMs + byMs,
    }));
    if (this.#stampMs !== null) this.#stampMs += byMs;
  }
}
