/** From a rollup and the length of its span to the figures a person reads. Neighbours: rollup.ts, percentiles.ts; every answer of the API is made of these. */
import { levelOf } from '@slmm/shared';
import { basisText } from './basis.ts';
import { levelsExceeded } from './percentiles.ts';
import { EMPTY_ROLLUP, type Extreme, higher, type Rollup } from './rollup.ts';

/** Whether overloaded stretches are part of the statistics, where they are lower bounds. */
export type OverloadRule = 'out' | 'in';

/** Share of a span that must have been measured before its level is called sufficient. Regulators ask for 75 to 90 %. */
export const DEFAULT_COVERAGE = 0.75;

export interface StatisticsRule {
  readonly overload: OverloadRule;
  /** 0..1 */
  readonly coverage: number;
}

export const DEFAULT_STATISTICS: StatisticsRule = { overload: 'out', coverage: DEFAULT_COVERAGE };

/** Levels in dB; `null` where nothing was measured. */
export interface Statistics {
  readonly leqDb: number | null;
  /** Sound exposure level of what was measured: Leq + 10 lg(measured time / 1 s). */
  readonly selDb: number | null;
  readonly lmax: Extreme | null;
  readonly lmin: Extreme | null;
  readonly lpeak: Extreme | null;
  /** Length of the span, from its UTC bounds. */
  readonly expectedMs: number;
  /** Time that the figures rest on. */
  readonly validMs: number;
  readonly overMs: number;
  readonly underMs: number;
  /** Neither valid nor overloaded. */
  readonly missingMs: number;
  /** `validMs` over `expectedMs`, 0..1. */
  readonly coverage: number;
  readonly sufficient: boolean;
  readonly basis: string | null;
  readonly count: number;
}

export function statisticsOf(rollup: Rollup | null, expectedMs: number, rule: StatisticsRule = DEFAULT_STATISTICS): Statistics {
  const known = rollup ?? EMPTY_ROLLUP;
  const withOver = rule.overload === 'in';
  const energy = known.energy + (withOver ? known.overEnergy : 0);
  const validMs = known.validMs + (withOver ? known.overMs : 0);
  const coverage = expectedMs > 0 ? Math.min(1, validMs / expectedMs) : 0;
  return {
    leqDb: validMs > 0 ? levelOf((energy * 1000) / validMs) : null,
    selDb: validMs > 0 ? levelOf(energy) : null,
    lmax: withOver ? higher(known.lmax, known.overLmax) : known.lmax,
    lmin: known.lmin,
    lpeak: withOver ? higher(known.lpeak, known.overLpeak) : known.lpeak,
    expectedMs,
    validMs,
    overMs: known.overMs,
    underMs: known.underMs,
    missingMs: Math.max(0, expectedMs - known.validMs - known.overMs),
    coverage,
    sufficient: coverage >= rule.coverage,
    basis: basisText(known.bases),
    count: known.count,
  };
}

/** LN for each `percent`, by its own text (`{ "10": 52.2 }`). */
export function percentilesOf(
  rollup: Rollup | null,
  percents: readonly number[],
  overload: OverloadRule,
): Record<string, number | null> {
  const known = rollup ?? EMPTY_ROLLUP;
  const overMs = overload === 'in' ? known.overMs : 0;
  const levels = levelsExceeded(known.histogram, percents, overMs);
  return Object.fromEntries(percents.map((percent, index) => [String(percent), levels[index] ?? null]));
}

/**
 * Whether a limit was broken, told from the unrounded level. Overloaded stretches count here even when they are left out of the statistics: the level with them is
 * a lower bound of the true one. `null` where nothing was measured.
 */
export function exceeds(rollup: Rollup | null, limit: { readonly of: LimitedLevel; readonly limitDb: number }): boolean | null {
  if (rollup === null) return null;
  const levels = (['out', 'in'] as const)
    .map((overload) => limitedLevel(rollup, limit.of, overload))
    .filter((level) => level !== null);
  return levels.length === 0 ? null : levels.some((level) => level > limit.limitDb);
}

/** What a limit can be set on: a level of a span. `ln:10` is L10. */
export type LimitedLevel = 'leq' | 'lmax' | 'lpeak' | `ln:${number}`;

/** The level that a limit looks at. */
export function limitedLevel(rollup: Rollup, of: LimitedLevel, overload: OverloadRule): number | null {
  const statistics = statisticsOf(rollup, 0, { overload, coverage: 0 });
  if (of === 'leq') return statistics.leqDb;
  if (of === 'lmax') return statistics.lmax?.levelDb ?? null;
  if (of === 'lpeak') return statistics.lpeak?.levelDb ?? null;
  return percentilesOf(rollup, [Number(of.slice(3))], overload)[of.slice(3)] ?? null;
}
