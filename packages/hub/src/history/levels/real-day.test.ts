import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Cells } from './cells.ts';
import { clockWindows, loudestOf, movingWindows } from './leq-windows.ts';
import { bucketBounds } from './resolution.ts';
import { EMPTY_ROLLUP, mergeAll } from './rollup.ts';
import { rollupsOf } from './rollup-of.ts';
import { percentilesOf, statisticsOf } from './statistics.ts';
import type { Stretch } from './stretch.ts';
import { localTimeMs } from '../time/zone.ts';

const SERIES = '../shared/data/levels/laeq_1s_24h.csv';
const ZONES = ['Europe/Paris', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'];

/** Rows as a clock in `zone` would have written them. */
function dayIn(zone: string): Stretch[] {
  const rows = readFileSync(SERIES, 'utf8').trim().split('\n').slice(1, 86_401);
  const firstMs = localTimeMs(rows[0]?.slice(0, 10) ?? '', '00:00', zone);
  return rows.map((row, second) => {
    const leqDb = Number(row.split(',')[1]);
    const startMs = firstMs + second * 1000;
    return {
      startMs,
      endMs: startMs + 1000,
      atMs: startMs,
      measuredMs: 1000,
      leqDb,
      lmaxDb: leqDb,
      lminDb: leqDb,
      lpeakDb: null,
      over: false,
      underMs: 0,
      basis: 'import',
    };
  });
}

function cellsOf(stretches: readonly Stretch[]): Cells {
  return {
    startMs: stretches[0]?.startMs ?? 0,
    cellMs: 1000,
    energy: Float64Array.from(stretches, (one) => 10 ** (one.leqDb / 10)),
    validMs: new Float64Array(stretches.length).fill(1000),
  };
}

describe.skipIf(!existsSync(SERIES))(`a real day of LAeq,1s (${SERIES}, skipped where absent)`, () => {
  it.each(ZONES)('has the published figures in %s, from seconds and from merged minutes, quarters and hours', (zone) => {
    const stretches = dayIn(zone);
    const startMs = stretches[0]?.startMs ?? 0;
    const endMs = stretches.at(-1)?.endMs ?? 0;
    for (const name of ['1m', '15m', '1h', '1d'] as const) {
      const bounds = bucketBounds(startMs, endMs, name, zone);
      const day = mergeAll(rollupsOf(stretches, bounds).map((one) => one ?? EMPTY_ROLLUP));
      const statistics = statisticsOf(day, endMs - startMs);
      expect(statistics.leqDb).toBeCloseTo(49.736_828, 6);
      expect(statistics).toMatchObject({ coverage: 1, sufficient: true, basis: 'import', count: 86_400 });
      expect([statistics.lmax?.levelDb, statistics.lmin?.levelDb]).toEqual([75.885_907, 40.285_907]);
      const ln = percentilesOf(day, [10, 50, 90], 'out');
      for (const [percent, expected] of [
        ['10', 52.186],
        ['50', 47.086],
        ['90', 42.886],
      ] as const)
        expect(Math.abs((ln[percent] ?? 0) - expected)).toBeLessThan(0.05);
    }
  });

  it('has other maxima for moving and for clock-aligned windows', () => {
    const stretches = dayIn('Europe/Paris');
    const cells = cellsOf(stretches);
    const endMs = stretches.at(-1)?.endMs ?? 0;
    const clock = (seconds: number): number =>
      Math.max(
        ...[...clockWindows(cells.startMs, endMs, seconds * 1000, 'Europe/Paris')].map(
          (window) => statisticsOf(rollupsOf(stretches, [window.startMs, window.endMs])[0] ?? null, seconds * 1000).leqDb ?? 0,
        ),
      );
    expect(loudestOf(movingWindows(cells, 900, 1), 0.75)?.leqDb).toBeCloseTo(55.07, 2);
    expect(loudestOf(movingWindows(cells, 3600, 1), 0.75)?.leqDb).toBeCloseTo(53.85, 2);
    expect(clock(900)).toBeCloseTo(54.96, 2);
    expect(clock(3600)).toBeCloseTo(53.82, 2);
  });
});
