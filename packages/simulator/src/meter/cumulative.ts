/** The results since `Measure,Start`, from energies: Leq, LE, Lmax, Lmin, LN, Lpeak, LIeq and Ltm5. */
import { energyOf, levelOf } from '@slmm/shared';
import type { Tick } from './detector.ts';
import { LevelHistogram } from './level-histogram.ts';

const TICK_S = 0.1;
const TAKT_TICKS = 50;

export class Cumulative {
  readonly #histogram = new LevelHistogram();
  #ticks = 0;
  #energy = 0;
  #impulseEnergy = 0;
  #lmaxDb = Number.NEGATIVE_INFINITY;
  #lminDb = Number.POSITIVE_INFINITY;
  #lpeakDb = Number.NEGATIVE_INFINITY;
  #taktMaxDb = Number.NEGATIVE_INFINITY;
  #taktEnergy = 0;
  #takts = 0;

  add(tick: Tick): void {
    this.#ticks += 1;
    this.#energy += energyOf(tick.leqDb);
    this.#impulseEnergy += tick.impulseEnergy;
    this.#histogram.add(tick.lpDb);
    this.#lmaxDb = Math.max(this.#lmaxDb, tick.lmaxDb);
    this.#lminDb = Math.min(this.#lminDb, tick.lminDb);
    this.#lpeakDb = Math.max(this.#lpeakDb, tick.lpeakDb);
    this.#taktMaxDb = Math.max(this.#taktMaxDb, tick.lmaxDb);
    if (this.#ticks % TAKT_TICKS === 0) {
      this.#taktEnergy += energyOf(this.#taktMaxDb);
      this.#takts += 1;
      this.#taktMaxDb = Number.NEGATIVE_INFINITY;
    }
  }

  /** Measured time in seconds; pauses do not count. */
  get seconds(): number {
    return this.#ticks * TICK_S;
  }

  /** `null` everywhere before the first tick. */
  get leqDb(): number | null {
    return this.#ticks === 0 ? null : levelOf(this.#energy / this.#ticks);
  }

  /** LE = Leq + 10 lg(T / 1 s). */
  get leDb(): number | null {
    return this.#ticks === 0 ? null : levelOf(this.#energy * TICK_S);
  }

  get lmaxDb(): number | null {
    return this.#ticks === 0 ? null : this.#lmaxDb;
  }

  get lminDb(): number | null {
    return this.#ticks === 0 ? null : this.#lminDb;
  }

  get lpeakDb(): number | null {
    return this.#ticks === 0 ? null : this.#lpeakDb;
  }

  get lieqDb(): number | null {
    return this.#ticks === 0 ? null : levelOf(this.#impulseEnergy / this.#ticks);
  }

  /** Energy mean of the maxima of whole 5 s blocks. */
  get ltm5Db(): number | null {
    return this.#takts === 0 ? null : levelOf(this.#taktEnergy / this.#takts);
  }

  /** LN of the time-weighted level, sampled every 100 ms. */
  exceeded(percent: number): number | null {
    return this.#histogram.exceeded(percent);
  }
}
