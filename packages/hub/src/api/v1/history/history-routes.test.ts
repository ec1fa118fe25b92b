import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ExampleServer, startExample } from '../../../adapters/http/server-example.ts';
import type { Reading } from '../../../history/reading-store.ts';
import { importedReading } from '../../../history/import/imported-reading.ts';

let server: ExampleServer;
beforeEach(async () => {
  server = await startExample({ units: ['a'] });
});
afterEach(() => server.http.close());

const json = async (method: string, path: string, body?: unknown, token?: string) => {
  const response = await server.ask(method, path, {
    ...(body === undefined ? {} : { body }),
    ...(token === undefined ? {} : { token }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
};
const get = async (path: string) => (await json('GET', `/api/v1/units/a${path}`)).body;

/** Seconds of a level from an instant on. */
async function levels(from: string, count: number, levelDb: (second: number) => number, seconds: 1 | 60 = 1): Promise<void> {
  const startMs = Date.parse(from);
  const readings = Array.from({ length: count }, (_, index) =>
    importedReading('a', { startMs: startMs + index * seconds * 1000, levelDb: levelDb(index) }, seconds),
  );
  await server.readings.append({ readings, streams: [], deadLetters: [] });
}

/** Frames a second as an edge sends them of a stream. */
async function frames(from: string, count: number, at: (second: number) => { leq: number; over?: boolean }): Promise<void> {
  const startMs = Date.parse(from);
  const [row] = [importedReading('a', { startMs, levelDb: 0 }, 1)];
  const readings = Array.from({ length: count }, (_, second): Reading => {
    const { leq, over = false } = at(second);
    const interval = { s: 1, leq, lmax: leq, lmin: leq, lpeak: null, basis: 'drd' as const, ticks: 10 };
    const atMs = startMs + (second + 1) * 1000;
    const frame = {
      ...row.frame,
      epoch: '01JD3EPOCH',
      seq: second + 1,
      at: new Date(atMs).toISOString(),
      src: 'drd' as const,
      over,
      interval,
    };
    return { frame, atMs, late: false };
  });
  await server.readings.append({ readings, streams: [], deadLetters: [] });
}

describe('/levels', () => {
  it('has every bucket of the range, with gaps seen', async () => {
    await levels('2026-06-01T10:00:00Z', 60, () => 60);
    await levels('2026-06-01T10:02:00Z', 30, () => 50);
    const { buckets, resolution, masked } = await get('/levels?from=2026-06-01T10:00:00Z&to=2026-06-01T10:03:00Z&resolution=1m');
    expect([resolution, masked]).toEqual(['1m', 'out']);
    expect(buckets.map((one: any) => [one.start, one.leq, one.valid_s, one.coverage, one.sufficient, one.basis])).toEqual([
      ['2026-06-01T10:00:00.000Z', 60, 60, 1, true, 'import'],
      ['2026-06-01T10:01:00.000Z', null, 0, 0, false, null],
      ['2026-06-01T10:02:00.000Z', 50, 30, 0.5, false, 'import'],
    ]);
    expect(buckets[0].ln).toEqual({ 5: 60, 10: 60, 50: 60, 90: 60, 95: 60 });
  });

  it('says the same of many buckets, in parts', async () => {
    await levels('2026-06-01T10:00:00Z', 4000, (second) => 50 + (second % 7));
    const { buckets, resolution } = await get('/levels?from=2026-06-01T10:00:00Z&to=2026-06-01T12:00:00Z&resolution=1s&n=50');
    expect([resolution, buckets.length]).toEqual(['1s', 7200]);
    expect(buckets.slice(2498, 2502).map((one: any) => [one.start.slice(11, 19), one.leq, one.ln[50]])).toEqual([
      ['10:41:38', 56, 56],
      ['10:41:39', 50, 50],
      ['10:41:40', 51, 51],
      ['10:41:41', 52, 52],
    ]);
    expect(buckets[4000]).toMatchObject({ leq: null, coverage: 0 });
  });

  it('begins days at local midnight', async () => {
    const { buckets, timezone } = await get('/levels?from=2026-10-24T22:00:00Z&to=2026-10-26T23:00:00Z&resolution=1d');
    expect(timezone).toBe('Europe/Berlin');
    expect(buckets.map((one: any) => [one.start, one.expected_s])).toEqual([
      ['2026-10-24T22:00:00.000Z', 90_000],
      ['2026-10-25T23:00:00.000Z', 86_400],
    ]);
  });

  it('chooses a resolution by the points wanted', async () => {
    const chosen = async (query: string): Promise<unknown[]> => {
      const { resolution, buckets } = await get(`/levels?${query}`);
      return [resolution, buckets.length];
    };
    const day = 'from=2026-06-01T00:00:00Z&to=2026-06-02T00:00:00Z';
    const year = 'from=2025-12-31T23:00:00Z&to=2026-12-31T23:00:00Z';
    expect([await chosen(day), await chosen(`${day}&points=100`), await chosen(`${day}&resolution=5m`)]).toEqual([
      ['1m', 1440],
      ['15m', 96],
      ['5m', 288],
    ]);
    expect([await chosen(year), await chosen(`${year}&points=2000`)]).toEqual([
      ['1d', 365],
      ['6h', 1460],
    ]);
    const tooMany = await json('GET', '/api/v1/units/a/levels?from=2026-01-01T00:00:00Z&to=2026-06-01T00:00:00Z&resolution=1s');
    expect([tooMany.status, tooMany.body.detail]).toEqual([
      422,
      'query resolution: more than 90000 buckets; take a coarser one, or auto',
    ]);
  });
});

describe('/percentiles', () => {
  it('come from all readings of the range', async () => {
    await levels('2026-06-01T10:00:00Z', 100, (second) => (second < 10 ? 70 : 50));
    const found = await get('/percentiles?from=2026-06-01T10:00:00Z&to=2026-06-01T10:01:40Z&n=5,10,50');
    expect(found).toMatchObject({ ln: { 5: 70, 10: 70, 50: 50 }, coverage: 1, basis: 'import', sample_s: 1 });
    expect(found.leq).toBeCloseTo(60.374, 3);
  });
});

describe('/leq', () => {
  it('is another number moving than clock-aligned', async () => {
    await levels('2026-06-01T10:00:00Z', 1800, (second) => (second >= 600 && second < 1200 ? 70 : 40));
    const range = 'from=2026-06-01T10:00:00Z&to=2026-06-01T10:30:00Z';
    const clock = await get(`/leq?${range}&t=900&mode=clock`);
    const moving = await get(`/leq?${range}&t=900&mode=moving&step=60`);
    expect(clock.values.map((one: any) => one.start)).toEqual(['2026-06-01T10:00:00.000Z', '2026-06-01T10:15:00.000Z']);
    expect([clock.count, moving.count, clock.basis]).toEqual([2, 16, 'import']);
    expect(clock.max.leq).toBeCloseTo(10 * Math.log10((300 * 1e7 + 600 * 1e4) / 900), 5);
    expect(moving.max).toMatchObject({ start: '2026-06-01T10:05:00.000Z', end: '2026-06-01T10:20:00.000Z', coverage: 1 });
    expect(moving.max.leq).toBeCloseTo(10 * Math.log10((600 * 1e7 + 300 * 1e4) / 900), 5);
  });

  it('refuses what would be too much, and says what to do', async () => {
    const year = 'from=2026-01-01T00:00:00Z&to=2026-12-31T00:00:00Z';
    expect((await json('GET', `/api/v1/units/a/leq?${year}&mode=moving`)).body.detail).toMatch(/take a longer step/);
    expect((await json('GET', `/api/v1/units/a/leq?${year}&t=100000`)).body.detail).toMatch(/whole days/);
  });
});

describe('masks and overload', () => {
  it('leave time out, say so, and stay on record when withdrawn', async () => {
    await levels('2026-06-01T10:00:00Z', 60, (second) => (second < 30 ? 80 : 50));
    const made = await json('POST', '/api/v1/units/a/masks', {
      from: '2026-06-01T10:00:00Z',
      to: '2026-06-01T10:00:30Z',
      reason: 'rain',
    });
    expect(made).toMatchObject({ status: 201, body: { reason: 'rain', author: 'admin' } });
    const range = 'from=2026-06-01T10:00:00Z&to=2026-06-01T10:01:00Z';
    const without = await get(`/percentiles?${range}`);
    expect(without).toMatchObject({
      masked: 'out',
      masked_s: 30,
      valid_s: 30,
      coverage: 0.5,
      sufficient: false,
      masks: [{ reason: 'rain' }],
    });
    expect(without.leq).toBeCloseTo(50, 6);
    const withAll = await get(`/percentiles?${range}&masked=in`);
    expect(withAll).toMatchObject({ masked: 'in', masked_s: 30, valid_s: 60, coverage: 1 });
    expect(await json('DELETE', `/api/v1/units/a/masks/${made.body.id}`)).toMatchObject({ status: 204 });
    expect(await get(`/percentiles?${range}`)).toMatchObject({ masked_s: 0, valid_s: 60, masks: [] });
    expect(await get('/masks')).toMatchObject({ count: 1, masks: [{ reason: 'rain', withdrawn_by: 'admin' }] });
    expect((await json('DELETE', `/api/v1/units/a/masks/${made.body.id}`)).status).toBe(404);
  });

  it('leave overloaded time out of the level, and let it break the limit all the same', async () => {
    // A quarter-hour of 60 dB in which a minute is overloaded at 95 dB; the true level of that minute is higher still.
    await frames('2026-11-23T06:00:00Z', 900, (second) => (second < 60 ? { leq: 95, over: true } : { leq: 60 }));
    const range = 'from=2026-11-23T06:00:00Z&to=2026-11-23T06:15:00Z';
    const without = await get(`/percentiles?${range}`);
    expect(without).toMatchObject({ over_s: 60, valid_s: 840, lmax: 60, overload: 'out' });
    expect(without.leq).toBeCloseTo(60, 6);
    const withOver = await get(`/percentiles?${range}&overload=in`);
    expect(withOver).toMatchObject({ over_s: 60, valid_s: 900, lmax: 95, ln: { 5: null, 10: 60 } });
    expect(withOver.leq).toBeCloseTo(10 * Math.log10((60 * 10 ** 9.5 + 840 * 10 ** 6) / 900), 5);
    const { periods } = await get('/periods?date=2026-11-23&scheme=construction-15min&coverage=0.5');
    expect(periods[0].limits[0]).toMatchObject({ limit: 75, exceeded: true, max: { start: '2026-11-23T06:00:00.000Z' } });
    expect(periods[0].limits[0].level).toBeCloseTo(60, 5);
  });

  it('may be read by viewers and made by operators only', async () => {
    const viewer = await server.token('viewer');
    expect((await json('GET', '/api/v1/units/a/masks', undefined, viewer)).status).toBe(200);
    const body = { from: '2026-06-01T10:00:00Z', to: '2026-06-01T10:00:30Z', reason: 'rain' };
    expect((await json('POST', '/api/v1/units/a/masks', body, viewer)).status).toBe(403);
    expect((await json('POST', '/api/v1/units/a/masks', { ...body, to: body.from })).status).toBe(422);
  });
});

describe('/periods', () => {
  it('has day, evening and night of a local date, and what is composed of them', async () => {
    // Constant 60 dB from local midnight of 24 October to noon of the 26th, minute by minute, over the night of nine hours.
    await levels('2026-10-23T22:00:00Z', 60 * 61, () => 60, 60);
    const { periods, timezone, date } = await get('/periods?date=2026-10-24');
    expect([timezone, date]).toEqual(['Europe/Berlin', '2026-10-24']);
    expect(periods.map((one: any) => [one.name, one.start, one.end, one.expected_s / 3600, one.coverage])).toEqual([
      ['Lday', '2026-10-24T05:00:00.000Z', '2026-10-24T17:00:00.000Z', 12, 1],
      ['Levening', '2026-10-24T17:00:00.000Z', '2026-10-24T21:00:00.000Z', 4, 1],
      ['Lnight', '2026-10-24T21:00:00.000Z', '2026-10-25T06:00:00.000Z', 9, 1],
      ['Lden', '2026-10-24T05:00:00.000Z', '2026-10-25T06:00:00.000Z', 25, 1],
      ['Ldn', '2026-10-24T05:00:00.000Z', '2026-10-25T06:00:00.000Z', 25, 1],
    ]);
    expect(periods[3].leq).toBeCloseTo(66.395_243, 5);
    expect(periods.map((one: any) => one.basis)).toEqual(Array(5).fill('import'));
    expect(periods[4].leq).toBeCloseTo(66.409_781, 5);
    const later = await get('/periods?date=2026-10-24&evening=20:00&evening_penalty=0');
    expect(later.periods[0]).toMatchObject({ end: '2026-10-24T18:00:00.000Z' });
    expect(later.periods[3].leq).toBeCloseTo(10 * Math.log10((16 * 1e6 + 8 * 1e7) / 24), 5);
  });

  it('shows limits of a scheme, what broke them, and the headroom of a window that runs', async () => {
    // The example's clock stands at 07:01 in Berlin on Monday, 23 November 2026; the working day began at 06:00 UTC.
    await levels('2026-11-23T06:00:00Z', 60, () => 72);
    const { periods } = await get('/periods?scheme=construction-11h');
    expect(periods).toHaveLength(1);
    const [limit] = periods[0].limits;
    expect(limit).toMatchObject({ of: 'leq', limit: 65, t: 39_600, mode: 'moving', exceeded: null, level: null });
    expect(limit.headroom.remaining_s).toBe(39_540);
    expect(limit.headroom.allowed).toBeCloseTo(10 * Math.log10((10 ** 6.5 * 39_600 - 10 ** 7.2 * 60) / 39_540), 4);
    expect((await json('GET', '/api/v1/units/a/periods?scheme=nothing')).status).toBe(404);
  });

  it('takes schemes that people write, and keeps the shipped ones', async () => {
    const scheme = {
      title: 'Shift',
      windows: [
        { name: 'late shift', days: [1, 2, 3, 4, 5], from: '22:00', to: '06:00', limits: [{ of: 'lmax', limit_db: 60 }] },
      ],
      ratings: [],
    };
    expect((await json('PUT', '/api/v1/schemes/end', scheme)).status).toBe(409);
    expect(
      (await json('PUT', '/api/v1/schemes/shift', { ...scheme, windows: [{ ...scheme.windows[0], from: '25:00' }] })).status,
    ).toBe(422);
    expect((await json('PUT', '/api/v1/schemes/shift', scheme)).status).toBe(200);
    await levels('2026-06-01T20:00:00Z', 10, () => 61);
    const { periods } = await get('/periods?scheme=shift&date=2026-06-01');
    expect(periods[0]).toMatchObject({
      name: 'late shift',
      start: '2026-06-01T20:00:00.000Z',
      limits: [{ of: 'lmax', level: 61, exceeded: true }],
    });
    expect((await json('GET', '/api/v1/schemes')).body.schemes.map((one: any) => [one.id, one.shipped])).toContainEqual([
      'shift',
      false,
    ]);
    expect((await json('DELETE', '/api/v1/schemes/shift')).status).toBe(204);
    expect((await json('GET', '/api/v1/units/a/periods?scheme=shift')).status).toBe(404);
  });
});

describe('/calibrations', () => {
  it('keeps checks, tells their drift, and masks the calibrator', async () => {
    await json('POST', '/api/v1/units/a/calibrations', {
      at: '2026-06-01T06:00:00Z',
      kind: 'before',
      reference: 94,
      measured: 94.1,
    });
    const after = await json('POST', '/api/v1/units/a/calibrations', {
      at: '2026-06-08T06:00:00Z',
      kind: 'after',
      reference: 94,
      measured: 93.5,
      from: '2026-06-08T05:59:00Z',
      to: '2026-06-08T06:01:00Z',
    });
    expect(after.body.mask).toMatchObject({ reason: 'calibration check' });
    const { checks } = await get('/calibrations');
    expect(checks.map((one: any) => [one.kind, one.deviation, one.drift])).toEqual([
      ['before', 0.1, null],
      ['after', -0.5, -0.6],
    ]);
    const { periods } = await get('/periods?date=2026-06-03');
    expect(periods[0].calibration).toMatchObject({
      drift: -0.6,
      within_limit: false,
      before: { measured: 94.1 },
      after: { measured: 93.5 },
    });
  });

  it('are bounded, and so are the masks that they make: every question over a period reads them all', async () => {
    const { annotations } = server.services;
    const check = { at: '2026-06-01T06:00:00Z', kind: 'before', reference: 94, measured: 94 };
    const masked = { ...check, from: '2026-06-01T06:00:00Z', to: '2026-06-01T06:01:00Z' };
    const post = async (body: object) => (await json('POST', '/api/v1/units/a/calibrations', body)).status;
    const mask = { unit: 'a', startMs: 0, endMs: 1, reason: '', author: '', createdMs: 0, withdrawnMs: null, withdrawnBy: null };
    for (let id = 0; id < 5_000; id += 1) await annotations.putMask({ ...mask, id: String(id) });
    expect([await post(masked), await post({ ...masked, to: masked.from }), await post(check)]).toEqual([409, 422, 201]);
    const [kept] = await annotations.checks('a');
    for (let id = 1; id < 5_000; id += 1) if (kept !== undefined) await annotations.putCheck({ ...kept, id: String(id) });
    expect(await post(check)).toBe(409);
  });
});

describe('/headroom', () => {
  it('is what may still be made', async () => {
    await levels('2026-11-23T06:00:00Z', 60, () => 60);
    const found = await get('/headroom?from=2026-11-23T06:00:00Z&to=2026-11-23T06:02:00Z&limit=60');
    expect(found).toMatchObject({ limit: 60, remaining_s: 60, so_far: { coverage: 1 } });
    expect(found.allowed).toBeCloseTo(60, 6);
    expect(found.spent).toBeCloseTo(0.5, 6);
  });
});

describe('/export', () => {
  const text = async (query: string): Promise<string> => (await server.ask('GET', `/api/v1/units/a/export?${query}`)).text();
  const range = 'from=2026-06-01T10:00:00Z&to=2026-06-01T10:03:00Z';

  it('has readings, with the masked ones marked', async () => {
    await levels('2026-06-01T10:00:00Z', 3, (second) => 50 + second);
    await json('POST', '/api/v1/units/a/masks', { from: '2026-06-01T10:00:01Z', to: '2026-06-01T10:00:02Z', reason: 'rain' });
    const lines = (await text(`${range}&resolution=readings`)).split('\r\n');
    expect(lines[0]).toBe(
      'at,epoch,seq,src,run,lp,leq,le,lmax,lmin,lpeak,ln1,ln2,ln3,ln4,ln5,over,under,interval_s,interval_leq,interval_lmax,interval_lmin,interval_lpeak,basis,late,masked,settings,interval_ticks,interval_missing,interval_over_s,interval_under_s,lieq,leqmov,ltm5',
    );
    expect(lines.slice(1, 4).map((line) => [line.slice(0, 24), ...line.split(',').slice(18, 27)].join(' '))).toEqual([
      '2026-06-01T10:00:00.000Z 1 50 50 50  import 1 0 ',
      '2026-06-01T10:00:01.000Z 1 51 51 51  import 1 1 ',
      '2026-06-01T10:00:02.000Z 1 52 52 52  import 1 0 ',
    ]);
  });

  it('has the gaps with their causes', async () => {
    await server.http.close();
    const gap = { from: '2026-06-01T10:00:20.000Z', to: '2026-06-01T10:01:21.000Z', frames: 60, cause: 'journal-full' } as const;
    server = await startExample({ units: ['a'], gaps: [gap] });
    expect(await text(`${range}&resolution=gaps`)).toBe(
      'unit,from,to,frames,cause\r\na,2026-06-01T10:00:20.000Z,2026-06-01T10:01:21.000Z,60,journal-full\r\n',
    );
    // A piece of the ledger is a week: two weeks are asked for in two.
    const twoWeeks = await text('from=2026-06-01T00:00:00Z&to=2026-06-15T00:00:00Z&resolution=gaps&format=ndjson');
    expect(
      twoWeeks
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).cause),
    ).toEqual(['journal-full', 'journal-full']);
  });

  it('names its columns also where nothing is stored', async () => {
    expect((await text(`${range}&resolution=readings`)).trim().split('\r\n')).toEqual([expect.stringMatching(/^at,epoch,seq,/)]);
    expect(await text(`${range}&resolution=readings&format=ndjson`)).toBe('');
  });

  it('has buckets, and says whether masked time is in', async () => {
    await levels('2026-06-01T10:00:00Z', 120, () => 50);
    const rows = (await text(`${range}&resolution=1m&format=ndjson&n=10`))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map((row) => [row.start, row.leq, row.l10, row.coverage, row.masked])).toEqual([
      ['2026-06-01T10:00:00.000Z', 50, 50, 1, 'out'],
      ['2026-06-01T10:01:00.000Z', 50, 50, 1, 'out'],
      ['2026-06-01T10:02:00.000Z', null, null, 0, 'out'],
    ]);
  });

  it('tells every bucket of a long range once', async () => {
    const query = 'from=2026-06-01T00:00:30Z&to=2026-06-03T00:00:00Z&resolution=1m';
    const starts = (await text(query))
      .trim()
      .split('\r\n')
      .slice(1)
      .map((line) => line.slice(0, 24));
    expect(starts.length).toBe(2 * 1440);
    expect(new Set(starts).size).toBe(2 * 1440);
  });
});

describe('/readings', () => {
  it('says of imported rows what they are', async () => {
    await levels('2026-06-01T10:00:00Z', 1, () => 50);
    const { readings } = await get('/readings?from=2026-06-01T10:00:00Z&to=2026-06-01T10:03:00Z');
    expect(readings).toMatchObject([{ src: 'import', lp: null, interval: { leq: 50, basis: 'import' } }]);
  });
});
