/**
 * The whole of history through the doors that people use: a hub with stored readings, asked over HTTP, against an oracle that adds intervals up one by one (oracle.ts).
 * Random questions, the same in every run (SLMM_SEED=random for others).
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POSTGRES_MISSING, type PostgresCluster, startPostgres } from '../../servers/postgres.ts';
import { clockAt, midnightsOf, nextDate } from './clocks.ts';
import { expectFigures, expectLevel, withinDb } from './compare.ts';
import { Oracle, type Span } from './oracle.ts';
import { mixedSeries, sampleSeries, type Series, store, streamSeries } from './series.ts';
import { startStoredHub, type StoredHub } from './stored-hub.ts';

const HOUR_MS = 3_600_000;
const ZONE_BOUNDS = fileURLToPath(new URL('zone-bounds.json', import.meta.url));

const SERIES: Readonly<Record<string, Series>> = {
  stream: streamSeries('STREAM', Date.parse('2026-10-24T12:00:00Z'), 20),
  samples: sampleSeries('SAMPLES', Date.parse('2026-03-28T14:30:00.250Z'), 16),
  mixed: mixedSeries('MIXED', Date.parse('2026-04-03T00:00:00Z'), 4),
};
const NAMES = Object.keys(SERIES);
const oracles = new Map(Object.entries(SERIES).map(([name, { measured, silent }]) => [name, new Oracle(measured, silent)]));

const cluster: { running: PostgresCluster | null } = { running: null };
beforeAll(async () => {
  cluster.running = await startPostgres();
}, 60_000);
afterAll(() => cluster.running?.stop());

describe.each(['SQLite', 'PostgreSQL'] as const)('history over HTTP from %s', (kind) => {
  let hub: StoredHub | null = null;

  beforeAll(async () => {
    const url = cluster.running?.url ?? null;
    if (kind === 'PostgreSQL' && url === null) return;
    hub = await startStoredHub(kind === 'PostgreSQL' ? url : null, 'Europe/Berlin', async (readings, history) => {
      for (const series of Object.values(SERIES)) await store(series, readings, history, Date.now());
    });
  }, 180_000);
  afterAll(async () => {
    await hub?.close();
    if (kind === 'PostgreSQL') await cluster.running?.wipe();
  });

  /** What PostgreSQL has of its own is how rows are read; the rest is the same code. */
  const tries = (count: number): { readonly numRuns: number } => ({ numRuns: kind === 'SQLite' ? count : Math.ceil(count / 3) });
  const fact = (title: string, test: () => Promise<void>): void => {
    it(
      title,
      async (context) => {
        if (hub === null) context.skip(POSTGRES_MISSING);
        await test();
      },
      300_000,
    );
  };

  const running = (): StoredHub => {
    if (hub === null) throw new Error('no hub is running');
    return hub;
  };
  const ask: StoredHub['ask'] = (method, path, body) => running().ask(method, path, body);
  const get: StoredHub['get'] = (path) => running().get(path);
  const oracleOf = (name: string): Oracle => oracles.get(name) ?? new Oracle([]);
  const unitOf = (name: string): string => SERIES[name]?.unit ?? '';
  const rangeOf = ({ startMs, endMs }: Span): string =>
    `from=${new Date(startMs).toISOString()}&to=${new Date(endMs).toISOString()}`;
  const wholeOf = (name: string): Span => {
    const { measured } = oracleOf(name);
    return {
      startMs: measured.reduce((least, one) => Math.min(least, one.startMs), Infinity),
      endMs: measured.reduce((most, one) => Math.max(most, one.endMs), 0),
    };
  };

  /** Spans of a series, from a second to all of it, reaching out of it at either end; bounds on whole seconds, or on any millisecond. */
  const questions = (grainMs: number) =>
    fc
      .record({
        name: fc.constantFrom(...NAMES),
        at: fc.double({ min: -0.05, max: 1, noNaN: true }),
        lengthMs: fc.oneof(
          fc.integer({ min: 1, max: 600 }).map((one) => one * grainMs),
          fc.integer({ min: 1, max: 100_000_000 / grainMs }).map((one) => one * grainMs),
        ),
        masked: fc.constantFrom('out' as const, 'in' as const),
        overload: fc.constantFrom('out' as const, 'in' as const),
      })
      .map(({ name, at, lengthMs, ...rest }) => {
        const whole = wholeOf(name);
        const startMs = Math.floor((whole.startMs + at * (whole.endMs - whole.startMs)) / grainMs) * grainMs;
        return { name, span: { startMs, endMs: startMs + lengthMs }, ...rest };
      });

  fact('has the figures of any range, to the millisecond', () =>
    fc.assert(
      fc.asyncProperty(questions(1), async ({ name, span, masked, overload }) => {
        const query = `${rangeOf(span)}&masked=${masked}&overload=${overload}&n=1,5,10,50,90,95,99,99.9`;
        const found = await get(`/units/${unitOf(name)}/percentiles?${query}`);
        expectFigures(found, oracleOf(name).figures(span, { masked, overload }), span);
        expect([found.masked, found.overload]).toEqual([masked, overload]);
      }),
      tries(150),
    ),
  );

  fact('has the figures of every bucket of any width, in any zone', () =>
    fc.assert(
      fc.asyncProperty(
        questions(1000),
        fc.constantFrom('1s', '10s', '1m', '5m', '10m', '15m', '30m', '1h', '4h', '1d', 'auto'),
        fc.constantFrom('Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/New_York'),
        async ({ name, span, masked, overload }, resolution, zone) => {
          const shortened = {
            ...span,
            endMs: Math.min(span.endMs, span.startMs + (resolution === '1s' ? HOUR_MS : 30 * HOUR_MS)),
          };
          const query = `${rangeOf(shortened)}&resolution=${resolution}&zone=${zone}&masked=${masked}&overload=${overload}&n=10,90`;
          const { buckets } = await get(`/units/${unitOf(name)}/levels?${query}`);
          const bounds = buckets.map((one: any) => [Date.parse(one.start), Date.parse(one.end)]) as [number, number][];
          expect(bounds[0]?.[0]).toBeLessThanOrEqual(shortened.startMs);
          expect(bounds.at(-1)?.[1]).toBeGreaterThanOrEqual(shortened.endMs);
          for (const [index, [startMs, endMs]] of bounds.entries()) {
            if (index > 0) expect(startMs).toBe(bounds[index - 1]?.[1]);
            expectFigures(buckets[index], oracleOf(name).figures({ startMs, endMs }, { masked, overload }), { startMs, endMs });
          }
        },
      ),
      tries(25),
    ),
  );

  fact('has every moving window, and the loudest of them', () =>
    fc.assert(
      fc.asyncProperty(
        questions(1000),
        fc.constantFrom(1, 5, 60, 300, 900, 1000, 3600, 28_800),
        fc.constantFrom(1, 7, 60, 300),
        fc.constantFrom(0, 0.5, 0.75, 1),
        async ({ name, span, masked }, t, step, coverage) => {
          const shortened = { ...span, endMs: Math.min(span.endMs, span.startMs + step * 40_000_000) };
          const query = `${rangeOf(shortened)}&t=${t}&step=${step}&mode=moving&masked=${masked}&coverage=${coverage}`;
          const found = await get(`/units/${unitOf(name)}/leq?${query}`);
          const count = Math.max(0, Math.floor((shortened.endMs - shortened.startMs - t * 1000) / (step * 1000)) + 1);
          expect([found.count, found.values.length]).toEqual([count, count]);
          for (const at of [0, Math.floor(count / 3), Math.floor(count / 2), count - 1].filter(
            (one) => one >= 0 && one < count,
          )) {
            const startMs = shortened.startMs + at * step * 1000;
            const wanted = oracleOf(name).figures({ startMs, endMs: startMs + t * 1000 }, { masked });
            expect(found.values[at].start).toBe(new Date(startMs).toISOString());
            expectLevel(`window ${at}`, found.values[at].leq, wanted.leq, withinDb(wanted.validMs));
            expect(Math.abs(found.values[at].coverage - wanted.validMs / (t * 1000))).toBeLessThan(0.005);
          }
          // Whether a window has just enough coverage may hang on a millisecond; then the loudest is another one.
          if (masked === 'in') return;
          const wanted = [coverage - 0.002, coverage + 0.002].map((one) =>
            oracleOf(name).loudest(shortened, t * 1000, step * 1000, one),
          );
          expect(found.max?.leq ?? -Infinity).toBeLessThanOrEqual((wanted[0] ?? -Infinity) + 0.02);
          if (coverage < 1) expect(found.max?.leq ?? -Infinity).toBeGreaterThanOrEqual((wanted[1] ?? -Infinity) - 0.02);
        },
      ),
      tries(40),
    ),
  );

  fact('has clock-aligned windows from local midnight on', () =>
    fc.assert(
      fc.asyncProperty(
        questions(1000),
        fc.constantFrom(60, 300, 900, 3600, 7200, 30_600),
        fc.constantFrom('Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe'),
        async ({ name, span }, t, zone) => {
          const shortened = { ...span, endMs: Math.min(span.endMs, span.startMs + t * 500_000) };
          const found = await get(`/units/${unitOf(name)}/leq?${rangeOf(shortened)}&t=${t}&zone=${zone}`);
          const midnights = midnightsOf(shortened, zone);
          const starts = midnights.flatMap((fromMs, index) => {
            const toMs = midnights[index + 1] ?? fromMs;
            const windows: number[] = [];
            for (let startMs = fromMs; startMs + t * 1000 <= toMs; startMs += t * 1000)
              if (startMs >= shortened.startMs && startMs + t * 1000 <= shortened.endMs) windows.push(startMs);
            return windows;
          });
          expect(found.values.map((one: any) => Date.parse(one.start))).toEqual(starts);
          for (const [index, startMs] of starts.entries()) {
            const wanted = oracleOf(name).figures({ startMs, endMs: startMs + t * 1000 });
            expectLevel(`window ${index}`, found.values[index].leq, wanted.leq, withinDb(wanted.validMs));
          }
        },
      ),
      tries(30),
    ),
  );

  fact('lays periods on dates as the zone has them, also where clocks change', async () => {
    const { windows, cases } = JSON.parse(readFileSync(ZONE_BOUNDS, 'utf8')) as {
      windows: Record<string, [string, string]>;
      cases: { zone: string; date: string; periods: Record<string, [string, string]> }[];
    };
    const every = [1, 2, 3, 4, 5, 6, 7];
    const scheme = {
      title: 'all windows',
      windows: Object.entries(windows).map(([name, [from, to]]) => ({ name, days: every, from, to, limits: [] })),
      ratings: [],
    };
    expect((await ask('PUT', '/schemes/zone-bounds', scheme)).status).toBe(200);
    for (const { zone, date, periods } of cases) {
      const found = await get(
        `/units/${unitOf('mixed')}/periods?date=${date}&scheme=zone-bounds&zone=${encodeURIComponent(zone)}`,
      );
      const named = Object.fromEntries(
        found.periods.map((one: any) => [one.name, [one.start, one.end].map((at: string) => at.replace('.000Z', 'Z'))]),
      );
      const lengths = Object.entries(periods).filter(([, [start, end]]) => start !== end);
      expect([zone, date, named]).toEqual([zone, date, Object.fromEntries(lengths)]);
      for (const one of found.periods) expect(one.expected_s * 1000).toBe(Date.parse(one.end) - Date.parse(one.start));
    }
  });

  fact('has the levels of day, evening and night and what is composed of them, with hours and penalties of any kind', () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom(
          ['stream', '2026-10-24', 'Europe/Berlin'],
          ['stream', '2026-10-25', 'Europe/London'],
          ['samples', '2026-03-28', 'Europe/Berlin'],
          ['samples', '2026-03-28', 'Asia/Kathmandu'],
          ['mixed', '2026-04-04', 'Australia/Lord_Howe'],
          ['mixed', '2026-04-05', 'America/Sao_Paulo'],
        ),
        fc.constantFrom([7, 19, 23, 5, 10], [7, 20, 23, 5, 10], [6, 20, 22, 3, 12.5], [7, 21, 23, 0, 10]),
        async ([name = '', date = '', zone = ''], [day = 0, evening = 0, night = 0, eveningDb = 0, nightDb = 0]) => {
          const hour = (one: number): string => `${String(one).padStart(2, '0')}:00`;
          const parts = `day=${hour(day)}&evening=${hour(evening)}&night=${hour(night)}&evening_penalty=${eveningDb}&night_penalty=${nightDb}`;
          const { periods } = await get(`/units/${unitOf(name)}/periods?date=${date}&zone=${zone}&${parts}`);
          const level = (wanted: string): any => periods.find((one: any) => one.name === wanted);
          const sums: number[] = [];
          for (const [part, from, to, penaltyDb] of [
            ['Lday', day, evening, 0],
            ['Levening', evening, night, eveningDb],
            ['Lnight', night, day + 24, nightDb],
          ] as const) {
            const found = level(part);
            const span = { startMs: Date.parse(found.start), endMs: Date.parse(found.end) };
            expect([part, clockAt(span.startMs, zone), clockAt(span.endMs, zone)]).toEqual([
              part,
              `${date} ${hour(from)}`,
              to > 24 ? `${nextDate(date)} ${hour(to - 24)}` : `${date} ${hour(to)}`,
            ]);
            const wanted = oracleOf(name).figures(span);
            expectFigures(found, wanted, span);
            sums.push((to - from) * 10 ** (((wanted.leq ?? Number.NaN) + penaltyDb) / 10));
          }
          const lden = 10 * Math.log10(sums.reduce((a, b) => a + b, 0) / 24);
          expectLevel('Lden', level('Lden').leq, Number.isNaN(lden) ? null : lden, 0.01);
        },
      ),
      tries(24),
    ),
  );

  fact('rates by a scheme that somebody wrote: supplements for some hours, and the loudest full hour of the night', async () => {
    const every = [1, 2, 3, 4, 5, 6, 7];
    const limits = [{ of: 'leq', limit_db: 45, t: 3600, mode: 'clock' }];
    const scheme = {
      title: 'Day with supplements, loudest hour of the night (after TA Laerm)',
      windows: [
        {
          name: 'day',
          days: every,
          from: '06:00',
          to: '22:00',
          limits: [
            { of: 'lmax', limit_db: 90 },
            { of: 'ln:10', limit_db: 10 },
          ],
        },
        { name: 'night', days: every, from: '22:00', to: '06:00', limits },
      ],
      ratings: [
        {
          name: 'Lr day',
          parts: [
            { from: '06:00', to: '07:00', penalty_db: 6 },
            { from: '07:00', to: '20:00', penalty_db: 0 },
            { from: '20:00', to: '22:00', penalty_db: 6 },
          ],
          limits: [{ limit_db: 10 }],
        },
      ],
    };
    expect((await ask('PUT', '/schemes/ta-laerm', scheme)).status).toBe(200);
    const { periods } = await get(`/units/${unitOf('mixed')}/periods?date=2026-04-04&scheme=ta-laerm&zone=UTC`);
    const oracle = oracleOf('mixed');
    const at = (hour: number): number => Date.parse('2026-04-04T00:00:00Z') + hour * HOUR_MS;
    const leq = (from: number, to: number): number => oracle.figures({ startMs: at(from), endMs: at(to) }).leq ?? Number.NaN;
    const hours = Array.from({ length: 8 }, (_, index) => leq(22 + index, 23 + index));
    expect(periods[1].limits[0].max.leq).toBeCloseTo(Math.max(...hours), 2);
    expect(periods[1].limits[0]).toMatchObject({ t: 3600, mode: 'clock', exceeded: Math.max(...hours) > 45 });
    const rated =
      10 * Math.log10((10 ** ((leq(6, 7) + 6) / 10) + 13 * 10 ** (leq(7, 20) / 10) + 2 * 10 ** ((leq(20, 22) + 6) / 10)) / 16);
    expect(periods[2]).toMatchObject({ name: 'Lr day', kind: 'rating', limits: [{ exceeded: true }] });
    expect(periods[2].leq).toBeCloseTo(rated, 2);
    const day = oracle.figures({ startMs: at(6), endMs: at(22) });
    expect(periods[0].limits.map((one: any) => [one.of, one.exceeded])).toEqual([
      ['lmax', (day.lmax?.level ?? 0) > 90],
      ['ln:10', true],
    ]);
  });

  fact('leaves masked time out of every answer, wherever masks lie and overlap, and says so', async () => {
    const masks: Record<string, Span[]> = {};
    for (const name of NAMES) {
      const { startMs, endMs } = wholeOf(name);
      const at = (share: number, ms = 0): number => Math.round(startMs + share * (endMs - startMs)) + ms;
      masks[name] = [
        { startMs: at(0.1), endMs: at(0.13) },
        { startMs: at(0.12), endMs: at(0.15, 333) },
        { startMs: at(0.15, 333), endMs: at(0.16) },
        { startMs: at(0.5), endMs: at(0.5, 1) },
        { startMs: at(0.81), endMs: at(0.9, 17) },
        { startMs: at(0.99), endMs: at(1.2) },
      ];
      for (const mask of masks[name]) {
        const body = {
          from: new Date(mask.startMs).toISOString(),
          to: new Date(mask.endMs).toISOString(),
          reason: 'rain, more than 5 m/s',
        };
        expect((await ask('POST', `/units/${unitOf(name)}/masks`, body)).status).toBe(201);
      }
      oracleOf(name).masks = masks[name];
    }
    await fc.assert(
      fc.asyncProperty(questions(1), async ({ name, span, masked, overload }) => {
        const query = `${rangeOf(span)}&masked=${masked}&overload=${overload}&n=10,50,90`;
        const found = await get(`/units/${unitOf(name)}/percentiles?${query}`);
        expectFigures(found, oracleOf(name).figures(span, { masked, overload }), span);
        const touching = (masks[name] ?? []).filter((one) => one.startMs < span.endMs && one.endMs > span.startMs);
        expect(found.masks.map((one: any) => Date.parse(one.from))).toEqual(touching.map((one) => one.startMs));
      }),
      tries(80),
    );
    await fc.assert(
      fc.asyncProperty(
        questions(1000),
        fc.constantFrom(60, 900, 3600),
        fc.constantFrom(60, 900),
        async ({ name, span }, t, step) => {
          const found = await get(`/units/${unitOf(name)}/leq?${rangeOf(span)}&t=${t}&step=${step}&mode=moving&coverage=0.3`);
          for (const one of found.values.filter((_: unknown, index: number) => index % 37 === 0)) {
            const window = { startMs: Date.parse(one.start), endMs: Date.parse(one.end) };
            const wanted = oracleOf(name).figures(window);
            expectLevel(one.start, one.leq, wanted.leq, withinDb(wanted.validMs));
          }
        },
      ),
      tries(20),
    );
    for (const name of NAMES) oracleOf(name).masks = [];
    for (const name of NAMES) {
      const { masks: made } = await get(`/units/${unitOf(name)}/masks`);
      for (const { id } of made) expect((await ask('DELETE', `/units/${unitOf(name)}/masks/${id}`)).status).toBe(204);
      const span = wholeOf(name);
      expectFigures(await get(`/units/${unitOf(name)}/percentiles?${rangeOf(span)}`), oracleOf(name).figures(span), span);
    }
  });

  fact('exports every tier as it answers it, and every reading once', async () => {
    const rowsOf = async (name: string, query: string): Promise<any[]> => {
      const response = await ask('GET', `/units/${unitOf(name)}/export?${query}&format=ndjson`);
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
      return (await response.text())
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as unknown);
    };
    for (const name of NAMES) {
      const { startMs, endMs } = wholeOf(name);
      const span = { startMs: Math.floor(startMs / HOUR_MS) * HOUR_MS, endMs: Math.ceil(endMs / HOUR_MS) * HOUR_MS };
      const { unit, frames, rows } = SERIES[name] ?? { unit: '', frames: [], rows: [] };
      const readings = await rowsOf(name, `${rangeOf(span)}&resolution=readings`);
      const stored = [...frames, ...rows].filter(({ atMs }) => atMs >= span.startMs && atMs < span.endMs);
      const told = (key: string, at: unknown, level: unknown, run: unknown): string => [key, at, level, run].join(' ');
      expect(readings.map((one) => told(`${one.epoch} ${one.seq}`, one.at, one.interval_leq, one.run)).toSorted()).toEqual(
        stored
          .map(({ frame }) => told(`${frame.epoch} ${frame.seq}`, frame.at, frame.interval?.leq ?? null, frame.run))
          .toSorted(),
      );
      for (const resolution of ['1m', '15m', '1h', '1d']) {
        const exported = await rowsOf(name, `${rangeOf(span)}&resolution=${resolution}`);
        const { buckets } = await get(`/units/${unit}/levels?${rangeOf(span)}&resolution=${resolution}`);
        expect(exported.map((one) => [one.start, one.leq, one.lmax, one.l10, one.coverage])).toEqual(
          buckets.map((one: any) => [one.start, one.leq, one.lmax, one.ln['10'], one.coverage]),
        );
      }
    }
  });

  fact('pages through readings without losing or repeating one', async () => {
    const { startMs } = wholeOf('samples');
    const span = { startMs, endMs: startMs + 2 * HOUR_MS };
    const seqs: number[] = [];
    let next: string | null = null;
    do {
      const more: string = next === null ? '' : `&next=${encodeURIComponent(next)}`;
      const page: any = await get(`/units/${unitOf('samples')}/readings?${rangeOf(span)}&limit=777${more}`);
      seqs.push(...page.readings.map((one: any) => one.seq));
      next = page.next;
    } while (next !== null);
    const { frames = [] } = SERIES['samples'] ?? {};
    expect(seqs).toEqual(frames.filter(({ atMs }) => atMs >= span.startMs && atMs < span.endMs).map(({ frame }) => frame.seq));
  });
});
