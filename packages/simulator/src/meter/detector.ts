/** What the meter's detectors make of 100 ms of sound. IEC 61672-1: exponential time weighting, F 125 ms and S 1 s. */
import { energyOf } from '@slmm/shared';
import { noiseAt } from '../levels/noise.ts';

export type TimeWeighting = 'F' | 'S' | 'I' | '10ms';

/** One 100 ms tick of the main channel; A-weighted levels in dB. */
export interface Tick {
  readonly leqDb: number;
  /** Time-weighted level at the end of the tick, its greatest and least within it. */
  readonly lpDb: number;
  readonly lmaxDb: number;
  readonly lminDb: number;
  readonly lpeakDb: number;
  /** Mean of the impulse-weighted energy, for LIeq. */
  readonly impulseEnergy: number;
}

const TICK_S = 0.1;
const TIME_CONSTANT_S: Readonly<Record<TimeWeighting, number>> = { F: 0.125, S: 1, I: 0.035, '10ms': 0.01 };
const IMPULSE_RISE = Math.exp(-TICK_S / 0.035);
const IMPULSE_FALL = Math.exp(-TICK_S / 1.5);

export class Detector {
  readonly #keep: number;
  readonly #fall: number;
  #energy: number | null = null;
  #impulseEnergy = 0;

  constructor(weighting: TimeWeighting) {
    this.#keep = Math.exp(-TICK_S / TIME_CONSTANT_S[weighting]);
    this.#fall = weighting === 'I' ? IMPULSE_FALL : this.#keep;
  }

  /** Takes the Leq of the next tick. Within a tick the sound is steady, so the weighted level moves one way only. */
  next(leqDb: number, tickNumber: number): Tick {
    const energy = energyOf(leqDb);
    const before = this.#energy ?? energy;
    const after = energy + (before - energy) * (energy > before ? this.#keep : this.#fall);
    const impulseBefore = this.#energy === null ? energy : this.#impulseEnergy;
    this.#impulseEnergy = energy + (impulseBefore - energy) * (energy > impulseBefore ? IMPULSE_RISE : IMPULSE_FALL);
    this.#energy = after;
    const beforeDb = 10 * Math.log10(before);
    const lpDb = 10 * Math.log10(after);
    return {
      leqDb,
      lpDb,
      lmaxDb: Math.max(beforeDb, lpDb),
      lminDb: Math.min(beforeDb, lpDb),
      // The crest of outdoor noise: 12 to 15 dB over 100 ms.
      lpeakDb: leqDb + 12 + 3 * noiseAt(77, tickNumber),
      impulseEnergy: this.#impulseEnergy,
    };
  }
}
