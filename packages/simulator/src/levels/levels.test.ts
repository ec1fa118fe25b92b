import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LevelHistory } from './level-history.ts';
import { parseLevelSeries, playSeries, seriesOf } from './level-series.ts';
import { heldLevel, type LevelSource } from './level-source.ts';
import { noiseAt } from './noise.ts';
import { outdoorLevels } from './outdoor-model.ts';

const MIDNIGHT = Date.UTC(2026, 2, 4);
const REAL_DAY = fileURLToPath(new URL('../../../../../shared/data/levels/laeq_1s_24h.csv', import.meta.url));

/** The level exceeded half of a quarter of an hour. */
function median(source: LevelSource, fromMs: number): number {
  const levels = Array.from({ length: 900 }, (_, second) => source.levelAt(fromMs + second * 1_000));
  return levels.sort((a, b) => a - b)[450] ?? 0;
}

describe('noiseAt', () => {
  it('is uniform and repeatable far beyond 2^32', () => {
    const values = Array.from({ length: 2_000 }, (_, index) => noiseAt(5, 17_000_000_000 + index));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean).toBeGreaterThan(0.47);
    expect(mean).toBeLessThan(0.53);
    expect(noiseAt(5, 17_000_000_001)).toBe(values[1]);
    expect(noiseAt(5, 1)).not.toBe(noiseAt(5, 1 + 2 ** 32));
  });
});

describe('outdoorLevels', () => {
  it('computes any instant again from seed and time', () => {
    const once = outdoorLevels(3);
    const again = outdoorLevels(3);
    for (const atMs of [MIDNIGHT, MIDNIGHT + 12_345_600, MIDNIGHT - 86_400_000])
      expect(again.levelAt(atMs)).toBe(once.levelAt(atMs));
    expect(outdoorLevels(4).levelAt(MIDNIGHT)).not.toBe(once.levelAt(MIDNIGHT));
  });

  it('is quieter at night than in the morning, and always plausible', () => {
    const place = outdoorLevels(1);
    const night = median(place, MIDNIGHT + 3 * 3_600_000);
    const morning = median(place, MIDNIGHT + 8 * 3_600_000);
    expect(morning - night).toBeGreaterThan(6);
    for (let atMs = MIDNIGHT; atMs < MIDNIGHT + 86_400_000; atMs += 77_700) {
      expect(place.levelAt(atMs)).toBeGreaterThan(25);
      expect(place.levelAt(atMs)).toBeLessThan(95);
    }
  });
});

describe('level series', () => {
  it('plays seconds from its start and begins again at its end', () => {
    const series = parseLevelSeries('datetime, level\n2026-03-04 00:00:00,40.5\n2026-03-04 00:00:01,41.5\r\n\n');
    expect(series.kind).toBe('series');
    if (series.kind !== 'series') return;
    const source = playSeries(series.levelsDb, MIDNIGHT);
    expect([0, 900, 1_000, 1_999, 2_000, -1_000].map((offset) => source.levelAt(MIDNIGHT + offset))).toEqual([
      40.5, 40.5, 41.5, 41.5, 40.5, 41.5,
    ]);
  });

  it('names the line that is no level', () => {
    expect(parseLevelSeries('t,l\na,40\nb,loud\n')).toEqual({
      kind: 'mistake',
      reason: "line 3: 'loud' is no level from -10 to 200 dB",
    });
    expect(parseLevelSeries('t,l\n').kind).toBe('mistake');
    expect(seriesOf([40, 400])).toEqual({ kind: 'mistake', reason: 'level 2 is not from -10 to 200 dB' });
  });

  it.skipIf(!existsSync(REAL_DAY))('reads a real day of seconds (skipped where ../shared/data is absent)', () => {
    const series = parseLevelSeries(readFileSync(REAL_DAY, 'utf8'));
    expect(series.kind === 'series' && series.levelsDb.length).toBe(86_401);
  });
});

describe('LevelHistory', () => {
  it('remembers which source was heard when', () => {
    const history = new LevelHistory(heldLevel(40));
    history.switchTo(heldLevel(70), 1_000);
    history.switchTo(heldLevel(50), 2_000);
    expect([0, 999, 1_000, 1_999, 2_000, 9_000].map((atMs) => history.levelAt(atMs))).toEqual([40, 40, 70, 70, 50, 50]);
  });

  it('keeps a bounded number of switches', () => {
    const history = new LevelHistory(heldLevel(40));
    for (let index = 1; index <= 2_000; index += 1) history.switchTo(heldLevel(index % 100), index * 100);
    expect(history.levelAt(2_000 * 100)).toBe(0);
    expect(history.levelAt(100)).toBe(89);
  });
});
