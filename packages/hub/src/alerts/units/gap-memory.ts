/**
 * Where a unit's rules stood at moments after which something may be missing: from there the story is told again when late readings come. Pure but for what it
 * remembers. Neighbour: unit-readings.ts asks, and writes down what this answers.
 */
import type { Observation } from '../judging/observation.ts';
import type { UnitAlerts, UnitCheckpoint } from '../judging/unit-alerts.ts';

type FrameObservation = Extract<Observation, { kind: 'frame' }>;

/** Positions of one unit that are kept; of more, the one is given up whose neighbour serves nearly as well. */
export const MAX_GAPS = 50;
/** A jump between readings from which on something may still be missing. */
const GAP_MS = 5_000;
/** Once in so long a position is kept in any case, so that no late reading is told from far. Each unit has an instant of its own for it: a thousand at once would be a storm. */
const ANCHOR_EVERY_MS = 3_600_000;

export class GapMemory {
  #gaps: readonly UnitCheckpoint[];
  readonly #unit: string;
  readonly #phaseMs: number;

  /** `gaps`: oldest first. */
  constructor(unit: string, gaps: readonly UnitCheckpoint[]) {
    this.#unit = unit;
    this.#gaps = gaps;
    this.#phaseMs = phaseOf(unit);
  }

  /** The same up to an instant, to be told on from there. */
  before(atMs: number): GapMemory {
    return new GapMemory(
      this.#unit,
      this.#gaps.filter((gap) => gap.atMs < atMs),
    );
  }

  get all(): readonly UnitCheckpoint[] {
    return this.#gaps;
  }

  /** Whether the present position is worth keeping before this reading is taken in: something may come yet that lies between the two. */
  isWorthKeeping({ newest, atMs: newestMs }: Pick<UnitAlerts, 'newest' | 'atMs'>, { atMs, frame }: FrameObservation): boolean {
    if (newest === null) return false;
    if (newest.epoch === frame.epoch && frame.seq > newest.seq + 1) return true;
    if (atMs - newestMs - (frame.interval?.s ?? 0) * 1000 > GAP_MS) return true;
    return Math.floor((atMs + this.#phaseMs) / ANCHOR_EVERY_MS) > Math.floor((newestMs + this.#phaseMs) / ANCHOR_EVERY_MS);
  }

  /** Keeps a position. Answers the one that had to be given up for it, or `null`. */
  keep(checkpoint: UnitCheckpoint): UnitCheckpoint | null {
    const others = this.#gaps.filter(({ atMs }) => atMs !== checkpoint.atMs);
    const all = [...others, checkpoint].sort((a, b) => a.atMs - b.atMs);
    const place = all.length > MAX_GAPS ? mostDispensable(all.map(({ atMs }) => atMs)) : -1;
    this.#gaps = all.filter((_, index) => index !== place);
    return all[place] ?? null;
  }

  /** The newest position that lies before the instant. */
  newestBefore(atMs: number): UnitCheckpoint | null {
    return this.#gaps.findLast((gap) => gap.atMs < atMs) ?? null;
  }

  /** The newest position in which this reading and what follows it are not yet. */
  beforeSeq(epoch: string, seq: number): UnitCheckpoint | null {
    const first = this.#gaps.findIndex(({ newest }) => newest?.epoch === epoch && newest.seq >= seq);
    const known = this.#gaps.findLastIndex(({ newest }) => newest?.epoch === epoch && newest.seq < seq);
    if (known < 0) return null;
    return this.#gaps[first < 0 ? known : Math.min(known, first - 1)] ?? null;
  }
}

/** FNV-1a: names that differ in one letter lie far apart. */
function phaseOf(unit: string): number {
  let hash = 0x811c9dc5;
  for (const letter of unit) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash % ANCHOR_EVERY_MS;
}

/**
 * Place of the one whose loss costs least: its distance to the one before it, against its age. So the recent past is kept dense and the old one sparse.
 * Never the first, before which nothing could be told, nor the newest. Pure.
 */
export function mostDispensable(timesMs: readonly number[]): number {
  const newestMs = timesMs.at(-1) ?? 0;
  let least = { place: 1, cost: Number.POSITIVE_INFINITY };
  for (let place = 1; place < timesMs.length - 1; place += 1) {
    const atMs = timesMs[place] ?? 0;
    const cost = (atMs - (timesMs[place - 1] ?? 0)) / (newestMs - atMs + 1);
    if (cost < least.cost) least = { place, cost };
  }
  return least.place;
}
