/** The edge's wall clock: notices its steps, has frames corrected that nobody has seen, and knows how far it is from the hub's. Neighbours: clock-watch.ts, clock-offset.ts; uplink.ts. */
import { type Acknowledge, type UnitEvent } from '@slmm/protocol';
import { type Clock, type Logger, toInstant } from '@slmm/shared';
import { ClockOffset } from './clock-offset.ts';
import { ClockWatch } from './clock-watch.ts';

export interface EdgeClockParts {
  readonly clock: Clock;
  /** Milliseconds since the machine was started, time asleep included. */
  readonly sinceBootMs: () => number;
  readonly log: Logger;
  readonly newId: () => string;
  /** Corrects what was not sent; gives the units of which something was. */
  readonly correct: (byMs: number) => readonly string[];
  readonly tell: (unit: string, event: UnitEvent) => void;
}

export class EdgeClock {
  readonly #parts: EdgeClockParts;
  readonly #watch: ClockWatch;
  readonly #offset = new ClockOffset();

  constructor(parts: EdgeClockParts) {
    this.#parts = parts;
    this.#watch = new ClockWatch(parts.clock.nowMs(), parts.sinceBootMs());
  }

  /** To be called before each frame, and once a second. */
  look(): void {
    const { clock, sinceBootMs, log, newId, correct, tell } = this.#parts;
    const byMs = this.#watch.look(clock.nowMs(), sinceBootMs());
    if (byMs === 0) return;
    this.#offset.stepped(byMs);
    const units = correct(byMs);
    log.warn({ byMs, units }, 'the clock was stepped; times of frames that were not sent yet are corrected');
    for (const unit of units)
      tell(unit, {
        id: newId(),
        at: toInstant(clock.nowMs()),
        kind: 'clock-stepped',
        text: `The edge's clock was stepped by ${byMs} ms. Frames of this unit that were sent before carry the old time.`,
        detail: { by_ms: byMs },
      });
  }

  /** The hub's time, as an acknowledge brought it at `receivedMs`; the newest frame it covers was sent at `sentMs`, where that is known. */
  heard({ at }: Acknowledge, sentMs: number | null, receivedMs: number): void {
    if (at !== undefined) this.#offset.sample(sentMs, Date.parse(at), receivedMs);
  }

  /** Edge minus hub; `null` while not measured. */
  get offsetMs(): number | null {
    return this.#offset.measuredMs();
  }

  /** What frames are stamped with. */
  get stampMs(): number | null {
    return this.#offset.stampMs();
  }
}
