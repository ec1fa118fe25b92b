/**
 * What history must answer, worked out the slow and plain way from a list of measured intervals: no rollups, no buckets, no code of the hub. Times are milliseconds, bounds half-open.
 * Neighbours: series.ts makes the intervals, figures.journey.test.ts compares.
 */

export type Basis = 'drd' | 'lp' | 'import';

export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** One measured interval, as it was made up; the hub gets it as a frame or as a row of a file. */
export interface Measured extends Span {
  readonly basis: Basis;
  readonly level: number;
  readonly lmax: number;
  readonly lmin: number;
  readonly lpeak: number | null;
  /** Share of the interval that was measured; the rest are lost ticks. */
  readonly share: number;
  readonly over: boolean;
  readonly under: boolean;
}

export interface Extreme {
  readonly level: number;
  readonly atMs: number;
}

export interface Figures {
  readonly leq: number | null;
  readonly sel: number | null;
  readonly lmax: Extreme | null;
  readonly lmin: Extreme | null;
  readonly lpeak: Extreme | null;
  readonly validMs: number;
  readonly overMs: number;
  readonly underMs: number;
  readonly maskedMs: number;
  readonly count: number;
  readonly bases: ReadonlySet<Basis>;
  /** The highest level that is reached or exceeded during N percent of the time. */
  ln(percent: number): number | null;
}

/** A stretch of time and the interval that counts for it. */
interface Owned extends Span {
  readonly owner: Measured;
}

/** Energy and time from the first second up to an instant. */
interface SumsUpTo {
  readonly masks: readonly Span[];
  readonly firstMs: number;
  readonly lastMs: number;
  get(ms: number): { readonly e: number; readonly ms: number };
}

const BEST_FIRST: readonly Basis[] = ['drd', 'lp', 'import'];
const energy = (level: number): number => 10 ** (level / 10);
const decibel = (mean: number): number => 10 * Math.log10(mean);
const overlap = (a: Span, b: Span): number => Math.max(0, Math.min(a.endMs, b.endMs) - Math.max(a.startMs, b.startMs));

export class Oracle {
  readonly #measured: readonly Measured[];
  readonly #owned: readonly Owned[];
  /** Readings that carry no level: their times. */
  readonly #silent: readonly number[];
  masks: readonly Span[] = [];

  constructor(measured: readonly Measured[], silent: readonly number[] = []) {
    this.#measured = measured;
    this.#silent = silent;
    this.#owned = ownersOf(measured);
  }

  /** `masked` in: masks are not looked at. */
  figures(span: Span, { masked = 'out', overload = 'out' }: { masked?: 'in' | 'out'; overload?: 'in' | 'out' } = {}): Figures {
    const parts = masked === 'out' ? cut(span, this.masks) : [span];
    let [sum, validMs, overMs, underMs, count] = [0, 0, 0, 0, 0];
    let [lmax, lmin, lpeak]: [Extreme | null, Extreme | null, Extreme | null] = [null, null, null];
    const bases = new Set<Basis>();
    const heard: { readonly level: number; readonly ms: number }[] = [];
    for (const { owner, ...owned } of this.#between(span)) {
      const ms = parts.reduce((total, part) => total + overlap(owned, part), 0) * owner.share;
      if (ms > 0) {
        bases.add(owner.basis);
        if (owner.over) overMs += ms;
        else validMs += ms;
        if (owner.under && !owner.over) underMs += ms;
        if (!owner.over || overload === 'in') {
          sum += (energy(owner.level) * ms) / 1000;
          heard.push({ level: owner.over ? Infinity : owner.level, ms });
        }
      }
      // A frame is told by its end, an imported row by its start; the other parts of an interval only bring energy.
      const isRow = owner.basis === 'import';
      const atMs = isRow ? owner.startMs : owner.endMs;
      const isTold = isRow ? owned.startMs === atMs : owned.endMs === atMs;
      if (!isTold || !parts.some((part) => isIn(atMs, part, isRow))) continue;
      count += 1;
      if (!owner.over || overload === 'in') {
        if (lmax === null || owner.lmax > lmax.level) lmax = { level: owner.lmax, atMs };
        if (owner.lpeak !== null && (lpeak === null || owner.lpeak > lpeak.level)) lpeak = { level: owner.lpeak, atMs };
      }
      if (!owner.over && (lmin === null || owner.lmin < lmin.level)) lmin = { level: owner.lmin, atMs };
    }
    count += this.#silent.filter((atMs) => parts.some((part) => isIn(atMs, part, false))).length;
    const countedMs = validMs + (overload === 'in' ? overMs : 0);
    heard.sort((a, b) => b.level - a.level);
    return {
      leq: countedMs > 0 ? decibel((sum * 1000) / countedMs) : null,
      sel: countedMs > 0 ? decibel(sum) : null,
      lmax,
      lmin,
      lpeak,
      validMs: countedMs,
      overMs,
      underMs,
      maskedMs: span.endMs - span.startMs - cut(span, this.masks).reduce((total, part) => total + part.endMs - part.startMs, 0),
      count,
      bases,
      ln: (percent) => {
        let reached = 0;
        for (const { level, ms } of heard) {
          reached += ms;
          if (reached >= (countedMs * percent) / 100 - 1e-6) return Number.isFinite(level) ? level : null;
        }
        return null;
      },
    };
  }

  /** The loudest window of `windowMs` in the span with a window at every `stepMs`, of those with enough coverage. */
  loudest(span: Span, windowMs: number, stepMs: number, coverage: number): number | null {
    let best: number | null = null;
    for (let startMs = span.startMs; startMs + windowMs <= span.endMs; startMs += stepMs) {
      const { leq, validMs } = this.#quick(startMs, startMs + windowMs);
      if (leq !== null && validMs / windowMs >= coverage - 1e-9 && (best === null || leq > best)) best = leq;
    }
    return best;
  }

  /** Energy and time from sums up to each second, so that a thousand windows do not take a minute; both bounds on whole seconds. */
  #quick(startMs: number, endMs: number): { readonly leq: number | null; readonly validMs: number } {
    const sums = this.#sumsUpToSeconds();
    const at = (ms: number): { readonly e: number; readonly ms: number } =>
      sums.get(Math.min(Math.max(ms, sums.firstMs), sums.lastMs));
    const [from, to] = [at(startMs), at(endMs)];
    const validMs = to.ms - from.ms;
    return { leq: validMs > 1e-6 ? decibel(((to.e - from.e) * 1000) / validMs) : null, validMs };
  }

  #sums: SumsUpTo | null = null;

  #sumsUpToSeconds(): SumsUpTo {
    if (this.#sums !== null && this.#sums.masks === this.masks) return this.#sums;
    const firstMs = Math.floor((this.#owned[0]?.startMs ?? 0) / 1000) * 1000;
    const lastMs = Math.ceil((this.#owned.at(-1)?.endMs ?? 0) / 1000) * 1000;
    const count = (lastMs - firstMs) / 1000;
    const energies = new Float64Array(count);
    const times = new Float64Array(count);
    for (const { owner, startMs, endMs } of this.#owned) {
      if (owner.over) continue;
      for (const part of cut({ startMs, endMs }, this.masks))
        for (let second = Math.floor((part.startMs - firstMs) / 1000); firstMs + second * 1000 < part.endMs; second += 1) {
          const ms = overlap(part, { startMs: firstMs + second * 1000, endMs: firstMs + (second + 1) * 1000 }) * owner.share;
          energies[second] = (energies[second] ?? 0) + (energy(owner.level) * ms) / 1000;
          times[second] = (times[second] ?? 0) + ms;
        }
    }
    const sumsOf = (values: Float64Array): Float64Array => {
      const sums = new Float64Array(count + 1);
      for (let index = 0; index < count; index += 1) sums[index + 1] = (sums[index] ?? 0) + (values[index] ?? 0);
      return sums;
    };
    const [upToEnergy, upToTime] = [sumsOf(energies), sumsOf(times)];
    const get = (ms: number): { readonly e: number; readonly ms: number } => {
      const index = (ms - firstMs) / 1000;
      return { e: upToEnergy[index] ?? 0, ms: upToTime[index] ?? 0 };
    };
    this.#sums = { masks: this.masks, firstMs, lastMs, get };
    return this.#sums;
  }

  get measured(): readonly Measured[] {
    return this.#measured;
  }

  #between({ startMs, endMs }: Span): readonly Owned[] {
    let [low, high] = [0, this.#owned.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#owned[middle]?.endMs ?? 0) < startMs) low = middle + 1;
      else high = middle;
    }
    const found: Owned[] = [];
    for (let index = low; index < this.#owned.length; index += 1) {
      const one = this.#owned[index];
      if (one === undefined || one.startMs > endMs) break;
      found.push(one);
    }
    return found;
  }
}

function isIn(atMs: number, { startMs, endMs }: Span, isRow: boolean): boolean {
  return isRow ? atMs >= startMs && atMs < endMs : atMs > startMs && atMs <= endMs;
}

/** What is left of a span, piece by piece, when holes that may overlap are cut out of it. */
function cut(span: Span, holes: readonly Span[]): readonly Span[] {
  let parts: readonly Span[] = [span];
  for (const hole of holes)
    parts = parts.flatMap((part) =>
      overlap(part, hole) === 0
        ? [part]
        : [
            { startMs: part.startMs, endMs: Math.min(part.endMs, hole.startMs) },
            { startMs: Math.max(part.startMs, hole.endMs), endMs: part.endMs },
          ].filter(({ startMs, endMs }) => endMs > startMs),
    );
  return parts;
}

/** Between any two neighbouring bounds one interval counts: that of the best basis, of equals the one that ends first. */
function ownersOf(measured: readonly Measured[]): readonly Owned[] {
  const starts = measured.toSorted((a, b) => a.startMs - b.startMs);
  const bounds = [...new Set(measured.flatMap(({ startMs, endMs }) => [startMs, endMs]))].toSorted((a, b) => a - b);
  const owned: Owned[] = [];
  let active: Measured[] = [];
  let next = 0;
  for (const [index, startMs] of bounds.entries()) {
    const endMs = bounds[index + 1];
    if (endMs === undefined) break;
    for (; (starts[next]?.startMs ?? Infinity) <= startMs; next += 1) active.push(...starts.slice(next, next + 1));
    active = active.filter((one) => one.endMs > startMs);
    const [owner] = active.toSorted((a, b) => BEST_FIRST.indexOf(a.basis) - BEST_FIRST.indexOf(b.basis) || a.endMs - b.endMs);
    if (owner === undefined) continue;
    const last = owned.at(-1);
    if (last !== undefined && last.owner === owner && last.endMs === startMs) owned[owned.length - 1] = { ...last, endMs };
    else owned.push({ owner, startMs, endMs });
  }
  return owned;
}
