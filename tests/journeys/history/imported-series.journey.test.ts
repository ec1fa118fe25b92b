/**
 * A series goes in by the command line while the hub runs, and comes out as levels, windows and periods. What must come out is told by the rows of the file alone:
 * grouped by what an Intl clock of the zone shows, without any code of the hub.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { readHubSettings, type RunningHub, startHub } from '@slmm/hub';
import { createLogger } from '@slmm/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const TSX = pathToFileURL(createRequire(new URL('../../../package.json', import.meta.url)).resolve('tsx')).href;
const PROGRAM = fileURLToPath(new URL('../../../packages/hub/src/main.ts', import.meta.url));
const SERIES = '../shared/data/levels/laeq_1s_24h.csv';
const TOKEN = 'admin-token-of-the-test';

interface Row {
  readonly startMs: number;
  readonly levelDb: number;
}

/** A day of levels: the real one where it is at hand, else one that goes up and down. */
function dayOfLevels(): number[] {
  if (!existsSync(SERIES)) {
    console.warn(`${SERIES} is absent; a made-up day of levels is used`);
    return Array.from({ length: 86_400 }, (_, second) => 50 + 10 * Math.sin(second / 5000) + ((second * 7919) % 100) / 25);
  }
  return readFileSync(SERIES, 'utf8')
    .trim()
    .split('\n')
    .slice(1, 86_401)
    .map((row) => Number(row.split(',')[1]));
}

/** Date and time on the clocks of a zone, by Intl. */
function clockOf(zone: string): (atMs: number) => { readonly date: string; readonly minutes: number; readonly text: string } {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium', hourCycle: 'h23' });
  return (atMs) => {
    const text = format.format(atMs);
    return { date: text.slice(0, 10), minutes: Number(text.slice(11, 13)) * 60 + Number(text.slice(14, 16)), text };
  };
}

const energyMean = (rows: readonly Row[]): number =>
  10 * Math.log10(rows.reduce((sum, row) => sum + 10 ** (row.levelDb / 10), 0) / rows.length);

describe('history from a file to the answer', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'slmm-history-'));
  const levels = dayOfLevels();
  let hub: RunningHub;

  beforeAll(async () => {
    const read = readHubSettings(['--data-dir', dataDir, '--http-port', '0'], { SLMM_ADMIN_TOKEN: TOKEN });
    if (read.kind !== 'ok') throw new Error('the settings are refused');
    hub = await startHub({ ...read.settings, mqttPort: 'ephemeral' }, { log: createLogger('test', 'silent') });
  }, 60_000);
  afterAll(async () => {
    await hub.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const get = async (path: string): Promise<any> => {
    const response = await fetch(`http://127.0.0.1:${hub.httpPort}/api/v1${path}`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect([path, response.status]).toEqual([path, 200]);
    return response.json();
  };

  async function importFile(unit: string, lines: readonly string[], more: readonly string[]): Promise<string> {
    const file = join(dataDir, `${unit}.csv`);
    writeFileSync(file, `${lines.join('\n')}\n`);
    const flags = ['import-levels', '--unit', unit, '--file', file, '--data-dir', dataDir, ...more];
    const child = spawn(process.execPath, ['--conditions=source', '--import', TSX, PROGRAM, ...flags], {
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (err += bytes.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    expect([code, code === 0 ? '' : err]).toEqual([0, '']);
    return out;
  }

  /** `first` is local midnight; rows are written as a clock of the zone showed them. */
  async function check(unit: string, zone: string, date: string, firstMs: number, hours: number): Promise<void> {
    const clock = clockOf(zone);
    const rows = Array.from({ length: hours * 3600 }, (_, second): Row => {
      const startMs = firstMs + second * 1000;
      return { startMs, levelDb: levels[second % levels.length] ?? 50 };
    });
    expect(clock(firstMs).text).toBe(`${date} 00:00:00`);
    const out = await importFile(
      unit,
      ['time,level', ...rows.map((row) => `${clock(row.startMs).text},${row.levelDb}`)],
      ['--zone', zone],
    );
    expect(out).toContain(`${rows.length} stored, 0 known before, 0 without a level, 0 refused`);

    const inWindow = (fromHour: number, toHour: number): Row[] =>
      rows.filter(({ startMs }) => {
        const shown = clock(startMs);
        const isIn = shown.minutes >= fromHour * 60 && shown.minutes < toHour * 60;
        return isIn && shown.date === date;
      });
    const { periods } = await get(`/units/${unit}/periods?date=${date}&zone=${encodeURIComponent(zone)}`);
    const named = (name: string): any => periods.find((one: any) => one.name === name);
    expect(named('Lday').leq).toBeCloseTo(energyMean(inWindow(7, 19)), 4);
    expect(named('Levening').leq).toBeCloseTo(energyMean(inWindow(19, 23)), 4);
    expect([named('Lday').coverage, named('Levening').coverage]).toEqual([1, 1]);
    // The series ends with the local day: of the night only the hour from 23:00 is there.
    expect(named('Lnight').leq).toBeCloseTo(energyMean(inWindow(23, 24)), 4);
    expect(named('Lnight')).toMatchObject({ valid_s: 3600, sufficient: false });

    const range = `from=${new Date(firstMs).toISOString()}&to=${new Date(firstMs + hours * 3_600_000).toISOString()}&zone=${encodeURIComponent(zone)}`;
    const { buckets } = await get(`/units/${unit}/levels?${range}&resolution=1d`);
    expect(buckets).toHaveLength(1);
    expect(buckets[0]).toMatchObject({ expected_s: hours * 3600, valid_s: hours * 3600, coverage: 1, basis: 'import' });
    expect(buckets[0].leq).toBeCloseTo(energyMean(rows), 4);
    const sorted = rows.map((row) => row.levelDb).toSorted((a, b) => b - a);
    for (const percent of [10, 50, 90])
      expect(
        Math.abs(buckets[0].ln[percent] - (sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? 0)),
      ).toBeLessThanOrEqual(0.0501);
    expect(buckets[0].lmax).toBeCloseTo(sorted[0] ?? 0, 5);

    const hourly = await get(`/units/${unit}/levels?${range}&resolution=1h`);
    expect(hourly.buckets).toHaveLength(hours);
    for (const [index, bucket] of hourly.buckets.entries())
      expect(bucket.leq).toBeCloseTo(energyMean(rows.slice(index * 3600, (index + 1) * 3600)), 4);

    const moving = await get(`/units/${unit}/leq?${range}&t=900&mode=moving&step=1&values=none`);
    const energies = rows.map((row) => 10 ** (row.levelDb / 10));
    let loudest = 0;
    for (let first = 0; first + 900 <= rows.length; first += 60) {
      const sum = energies.slice(first, first + 900).reduce((a, b) => a + b, 0);
      loudest = Math.max(loudest, 10 * Math.log10(sum / 900));
    }
    expect(moving.max.leq).toBeGreaterThanOrEqual(loudest - 1e-6);
    const at = (Date.parse(moving.max.start) - firstMs) / 1000;
    expect(moving.max.leq).toBeCloseTo(energyMean(rows.slice(at, at + 900)), 4);
  }

  it(
    'is right on an ordinary day in New York',
    () => check('NY', 'America/New_York', '2026-06-03', Date.parse('2026-06-03T04:00:00Z'), 24),
    120_000,
  );
  it(
    'is right on a day of 25 hours in Berlin, whose hour from 02:00 comes twice',
    () => check('BER', 'Europe/Berlin', '2026-10-25', Date.parse('2026-10-24T22:00:00Z'), 25),
    120_000,
  );
  it(
    'is right on a day of 23 hours in Berlin',
    () => check('SPRING', 'Europe/Berlin', '2026-03-29', Date.parse('2026-03-28T23:00:00Z'), 23),
    120_000,
  );
  it(
    'is right in Kathmandu, whose midnight is a quarter to an hour of UTC',
    () => check('KTM', 'Asia/Kathmandu', '2026-06-03', Date.parse('2026-06-02T18:15:00Z'), 24),
    120_000,
  );

  it('is the same after the file came twice, and with minutes beside seconds', async () => {
    const firstMs = Date.parse('2026-07-01T00:00:00Z');
    const lines = [
      'time,level',
      ...Array.from({ length: 600 }, (_, second) => `${new Date(firstMs + second * 1000).toISOString()},${50 + (second % 3)}`),
    ];
    await importFile('TWICE', lines, ['--seconds', '1']);
    const question = '/units/TWICE/percentiles?from=2026-07-01T00:00:00Z&to=2026-07-01T00:10:00Z';
    const before = await get(question);
    expect(await importFile('TWICE', lines, ['--seconds', '1'])).toContain('0 stored, 600 known before');
    const minutes = [
      'time,level',
      ...Array.from({ length: 10 }, (_, minute) => `${new Date(firstMs + minute * 60_000).toISOString()},90`),
    ];
    await importFile('TWICE', minutes, ['--seconds', '60']);
    expect(await get(question)).toMatchObject({ valid_s: 600, coverage: 1 });
    expect((await get(question)).leq).not.toBe(before.leq);
  }, 120_000);
});
