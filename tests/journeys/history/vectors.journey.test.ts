/** Numbers that other people published or worked out, asked of a hub over HTTP after their series were stored. Within 0.05 dB, most of them far closer. */
import { existsSync, readFileSync } from 'node:fs';
import { importedReading, type Reading } from '@slmm/hub/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStoredHub, type StoredHub } from './stored-hub.ts';

const FOLDER = '../shared/data';
const VECTORS = `${FOLDER}/vectors`;
const isThere = existsSync(VECTORS);
if (!isThere) console.warn(`${VECTORS} is absent; the published vectors are not tried`);

const HOUR_MS = 3_600_000;
const readJson = (name: string): any => (isThere ? JSON.parse(readFileSync(`${VECTORS}/${name}`, 'utf8')) : {});
const descriptors = readJson('python_acoustics_descriptors.json');
const laerm = readJson('ta_laerm.json');
const zones = readJson('timezone_dst_periods.json');
const cumulative = readJson('dod_cumulative_difference_error.json');

const PAIR = [10, 10];
const DAY = '2026-06-03';
const at = (hour: number): number => Date.parse(`${DAY}T00:00:00Z`) + hour * HOUR_MS;
const iso = (atMs: number): string => new Date(atMs).toISOString();

/** Seconds of the given levels from an instant on. */
const seconds = (unit: string, startMs: number, levels: readonly number[]): Reading[] =>
  levels.map((levelDb, index) => importedReading(unit, { startMs: startMs + index * 1000, levelDb }, 1));

/** Minutes of a level that depends on the hour of the day in UTC, from one day's midnight to the next day's noon. */
const hours = (unit: string, levelAt: (hour: number) => number): Reading[] =>
  Array.from({ length: 36 * 60 }, (_, minute) =>
    importedReading(unit, { startMs: at(0) + minute * 60_000, levelDb: levelAt(Math.floor(minute / 60) % 24) }, 60),
  );

/** An hour of 60 dB as a meter tells it: the level of each second, and LE since the start to 0.1 dB. */
const steady = (unit: string): Reading[] =>
  Array.from({ length: 3600 }, (_, index): Reading => {
    const [row] = seconds(unit, at(10) + (index + 1) * 1000, [60]);
    if (row === undefined) throw new Error('no row');
    const le = Math.round((60 + 10 * Math.log10(index + 1)) * 10) / 10;
    const interval = { s: 1, leq: 60, lmax: 60, lmin: 60, lpeak: 70, basis: 'drd' as const, ticks: 10 };
    const frame = { ...row.frame, epoch: '01JD3STEADY', seq: index + 1, src: 'drd' as const, leq: 60, le, interval };
    return { frame, atMs: row.atMs, late: false };
  });

/** A second from 00:00 to 24:00 as it was published. */
function realDay(): number[] {
  const rows = readFileSync(`${FOLDER}/levels/laeq_1s_24h.csv`, 'utf8').trim().split('\n');
  return rows.slice(1, 86_401).map((row) => Number(row.split(',')[1]));
}

const energyMean = (levels: readonly number[]): number =>
  10 * Math.log10(levels.reduce((sum, level) => sum + 10 ** (level / 10), 0) / levels.length);

const lden = (day: number, evening: number, night: number) => (hour: number) =>
  hour < 7 || hour >= 23 ? night : hour < 19 ? day : evening;
const ldn = (day: number, night: number) => (hour: number) => (hour < 7 || hour >= 22 ? night : day);

describe.skipIf(!isThere)(`published vectors (${VECTORS}, skipped where absent)`, () => {
  let hub: StoredHub;
  const daysOf: Record<string, (hour: number) => number> = {};
  for (const [index, one] of (descriptors.lden ?? []).entries())
    daysOf[`LDEN-${index}`] = lden(one.Lday, one.Levening, one.Lnight);
  for (const [index, one] of (descriptors.lden_analytic ?? []).entries())
    daysOf[`ANALYTIC-${index}`] = lden(one.Lday, one.Levening, one.Lnight);
  for (const [index, one] of (descriptors.ldn_15h_9h ?? []).entries()) daysOf[`LDN-${index}`] = ldn(one.Lday, one.Lnight);
  daysOf['KT'] = (hour) => (hour >= 8 && hour < 12 ? 60 : -40);

  beforeAll(async () => {
    hub = await startStoredHub(null, 'UTC', async (readings, history) => {
      const stream = { unit: 'STEADY', epoch: '01JD3STEADY', edge: 'made-up', settled: [[1, 3600] as const], lost: [] };
      await readings.append({ readings: steady('STEADY'), streams: [stream], deadLetters: [] });
      await history.importReadings('PAIR', seconds('PAIR', at(10), PAIR));
      await history.importReadings('LEQ', seconds('LEQ', at(10), descriptors.leq_1s.levels));
      await history.importReadings('SEL', seconds('SEL', at(10), descriptors.sel_1s.levels));
      for (const [unit, levelAt] of Object.entries(daysOf)) await history.importReadings(unit, hours(unit, levelAt));
      const day = realDay();
      await history.importReadings('REAL', seconds('REAL', Date.parse('2025-03-22T00:00:00Z'), day));
      const minutes = Array.from({ length: 1440 }, (_unused, minute) => energyMean(day.slice(minute * 60, minute * 60 + 60)));
      await history.importReadings(
        'MINUTES',
        minutes.map((levelDb, minute) =>
          importedReading('MINUTES', { startMs: Date.parse('2025-03-22T00:00:00Z') + minute * 60_000, levelDb }, 60),
        ),
      );
    });
  }, 120_000);
  afterAll(() => hub.close());

  const level = async (unit: string, name: string, query = ''): Promise<number> => {
    const { periods } = await hub.get(`/units/${unit}/periods?date=${DAY}${query}`);
    return periods.find((one: any) => one.name === name)?.leq;
  };

  it('Leq and SEL of six seconds (python-acoustics)', async () => {
    const six = `from=${iso(at(10))}&to=${iso(at(10) + 6000)}`;
    const found = await hub.get(`/units/LEQ/percentiles?${six}`);
    expect(found.leq).toBeCloseTo(descriptors.leq_1s.expected, 5);
    expect((await hub.get(`/units/SEL/percentiles?${six}`)).sel).toBeCloseTo(descriptors.sel_1s.expected, 5);
    const moving = await hub.get(`/units/LEQ/leq?${six}&t=6&mode=moving`);
    expect(moving.max.leq).toBeCloseTo(descriptors.leq_1s.expected, 5);
  });

  it('Lden and Ldn of three and of two levels (python-acoustics, and by hand)', async () => {
    for (const [index, one] of descriptors.lden.entries()) {
      expect(await level(`LDEN-${index}`, 'Lden')).toBeCloseTo(one.expected, 5);
      expect(await level(`LDEN-${index}`, 'Levening', '&scheme=end')).toBeCloseTo(one.Levening, 5);
    }
    for (const [index, one] of descriptors.lden_analytic.entries())
      expect(await level(`ANALYTIC-${index}`, 'Lden', '&scheme=end')).toBeCloseTo(one.expected, 5);
    for (const [index, one] of descriptors.ldn_15h_9h.entries())
      expect(await level(`LDN-${index}`, 'Ldn', '&scheme=us-ldn')).toBeCloseTo(one.expected, 5);
    expect(await level('ANALYTIC-1', 'Ldn')).toBeCloseTo(descriptors.ldn_constant_60.expected, 5);
  });

  it('the mean and the sum of two equal levels (python-acoustics)', async () => {
    const found = await hub.get(`/units/PAIR/percentiles?from=${iso(at(10))}&to=${iso(at(10) + 2000)}`);
    expect([descriptors.dbmean[0].in, descriptors.dbsum[0].in]).toEqual([PAIR, PAIR]);
    expect(found.leq).toBeCloseTo(descriptors.dbmean[0].expected, 5);
    expect(found.sel).toBeCloseTo(descriptors.dbsum[0].expected, 4);
  });

  it('TA Laerm: a source that runs 4 of 16 hours, and 6 dB for sensitive hours', async () => {
    const every = [1, 2, 3, 4, 5, 6, 7];
    const penalty = laerm.constant_source_day_supplement_weekday.supplement_dB;
    const scheme = {
      title: 'Rating level of the day',
      windows: [{ name: 'day', days: every, from: '06:00', to: '22:00', limits: [] }],
      ratings: [
        {
          name: 'Lr',
          parts: [
            { from: '06:00', to: '07:00', penalty_db: penalty },
            { from: '07:00', to: '20:00', penalty_db: 0 },
            { from: '20:00', to: '22:00', penalty_db: penalty },
          ],
          limits: [],
        },
      ],
    };
    expect((await hub.ask('PUT', '/schemes/ta-laerm', scheme)).status).toBe(200);
    expect((await level('KT', 'day', '&scheme=ta-laerm')) - 60).toBeCloseTo(laerm.kt_time_correction.expected_dB, 1);
    const rated = (await level('ANALYTIC-1', 'Lr', '&scheme=ta-laerm')) - 60;
    expect(rated).toBeCloseTo(laerm.constant_source_day_supplement_weekday.expected_increase_over_16h_dB, 5);
  });

  it('UTC bounds of day, evening and night on days when clocks change', async () => {
    expect(zones.cases.length).toBeGreaterThan(0);
    for (const { zone, date, periods } of zones.cases) {
      const query = `date=${date}&zone=${encodeURIComponent(zone)}`;
      const found = await hub.get(`/units/LEQ/periods?${query}`);
      for (const [name, wanted] of [
        ['Lday', periods.day],
        ['Levening', periods.evening],
        ['Lnight', periods.night],
      ] as const) {
        const one = found.periods.find((period: any) => period.name === name);
        expect([zone, date, name, one.start, one.end, one.expected_s]).toEqual([
          zone,
          date,
          name,
          wanted.start.replace('Z', '.000Z'),
          wanted.end.replace('Z', '.000Z'),
          wanted.hours * 3600,
        ]);
      }
      const day = periods.local_midnight_day;
      const { buckets } = await hub.get(
        `/units/LEQ/levels?from=${day.start}&to=${day.end}&resolution=1d&zone=${encodeURIComponent(zone)}`,
      );
      expect(buckets.map((one: any) => [one.start, one.expected_s])).toEqual([
        [day.start.replace('Z', '.000Z'), day.hours * 3600],
      ]);
    }
  });

  it('a real day: LAeq, percentiles, and the loudest quarter-hour and hour, moving and by the clock', async () => {
    const day = 'from=2025-03-22T00:00:00Z&to=2025-03-23T00:00:00Z';
    const whole = await hub.get(`/units/REAL/percentiles?${day}&n=10,50,90`);
    expect(whole).toMatchObject({ valid_s: 86_400, coverage: 1, lmax: 75.885_907, lmin: 40.285_907 });
    expect(whole.leq).toBeCloseTo(49.736_828, 5);
    for (const [percent, expected] of [
      ['10', 52.186],
      ['50', 47.086],
      ['90', 42.886],
    ] as const)
      expect(Math.abs(whole.ln[percent] - expected)).toBeLessThan(0.05);
    for (const [t, moving, clock] of [
      [900, 55.07, 54.96],
      [3600, 53.85, 53.82],
    ]) {
      expect((await hub.get(`/units/REAL/leq?${day}&t=${t}&mode=moving&values=none`)).max.leq).toBeCloseTo(moving ?? 0, 2);
      expect((await hub.get(`/units/REAL/leq?${day}&t=${t}&mode=clock`)).max.leq).toBeCloseTo(clock ?? 0, 2);
    }
    // Seconds and energy means of minutes are the same measurement.
    const bySeconds = await hub.get(`/units/REAL/levels?${day}&resolution=1h`);
    const byMinutes = await hub.get(`/units/MINUTES/levels?${day}&resolution=1h`);
    for (const [index, one] of bySeconds.buckets.entries()) expect(byMinutes.buckets[index].leq).toBeCloseTo(one.leq, 5);
  });

  it('the loudest second of the real day is told by the time in its row', async () => {
    const day = realDay();
    const loudest = day.indexOf(Math.max(...day));
    const found = await hub.get('/units/REAL/percentiles?from=2025-03-22T00:00:00Z&to=2025-03-23T00:00:00Z');
    expect(found.lmax_at).toBe(iso(Date.parse('2025-03-22T00:00:00Z') + loudest * 1000));
  });

  it('the last minute of a steady hour, which the difference of two cumulative LE misses by as much as the table says', async () => {
    const minute = `from=${iso(at(10) + 59 * 60_000)}&to=${iso(at(11))}`;
    const found = await hub.get(`/units/STEADY/percentiles?${minute}`);
    expect(found).toMatchObject({ valid_s: 60, basis: 'drd' });
    expect(found.leq).toBeCloseTo(60, 5);
    const le = async (atMs: number): Promise<number> => {
      const { readings } = await hub.get(`/units/STEADY/readings?from=${iso(atMs)}&to=${iso(atMs + 1)}`);
      return readings[0].le;
    };
    const [before, after] = [await le(at(10) + 59 * 60_000), await le(at(11))];
    const difference = 10 * Math.log10((10 ** (after / 10) - 10 ** (before / 10)) / 60);
    const worst = cumulative.cumulative_LE_difference_worst_case.find(
      (one: any) => one.elapsed_s_at_end === 3600 && one.interval_s === 60,
    );
    expect(Math.abs(difference - 60)).toBeGreaterThan(0.05);
    expect(difference - 60).toBeLessThan(worst.worst_case_error_dB_plus);
  });
});
