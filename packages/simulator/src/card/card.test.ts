import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heldLevel } from '../levels/level-source.ts';
import { outdoorLevels } from '../levels/outdoor-model.ts';
import { Meter } from '../meter/meter.ts';
import { cardAt, earlierRecordings } from './card.ts';
import { type CardEntry, type CardFile, entryAt, listLine, resolvePath } from './card-entry.ts';
import { closeSpan, instantAt, measuredMs, openSpan, type Recording } from './recording.ts';
import { patternFile, rowFile } from './row-file.ts';

const START = Date.UTC(2026, 2, 4, 5, 6, 7);

function contentOf(file: CardFile, offset = 0): Buffer {
  return Buffer.concat([...file.read(offset)]);
}

function fileAt(root: CardEntry & { kind: 'folder' }, path: string): CardFile {
  const entry = entryAt(root, path);
  if (entry?.kind !== 'file') throw new Error(`no file ${path}`);
  return entry;
}

/** Every file of the card with its path. */
function files(entry: CardEntry, path = ''): [string, CardFile][] {
  if (entry.kind === 'file') return [[`${path}/${entry.name}`, entry]];
  return entry.entries.flatMap((one) => files(one, entry.name === '' ? '' : `${path}/${entry.name}`));
}

describe('the card', () => {
  it('has the folders and names of a real one, and foreign files', () => {
    const root = cardAt(earlierRecordings(START, 0), heldLevel(60), START, 0);
    const paths = files(root).map(([path]) => path);
    expect(paths).toContain('/NL-43/Auto_0001/Auto_Lp_01/NL_0001_SLM_Lp _0001_0001.rnd');
    expect(paths).toContain('/NL-43/Auto_0001/Auto_Leq_01/NL_0001_SLM_Leq_0001_0001.rnd');
    expect(paths.some((path) => path.startsWith('/DCIM/'))).toBe(true);
    expect(paths.some((path) => path.startsWith('/NL-43/Screenshot/'))).toBe(true);
  });

  it('knows the size of every file without its content', () => {
    const root = cardAt(earlierRecordings(START, 0), outdoorLevels(1), START, 0);
    for (const [path, file] of files(root)) expect([path, contentOf(file).length]).toEqual([path, file.sizeBytes]);
  });

  it('holds the same Lp that the meter showed, growing while it measures', () => {
    const sound = outdoorLevels(9);
    const meter = new Meter({
      serialNumber: '1',
      source: sound,
      atMs: START,
      measuring: true,
      clockOffsetMs: 3_600_000,
      earlier: [],
    });
    const shown: string[] = [];
    for (let second = 1; second <= 5; second += 1) {
      meter.advance(START + second * 1_000);
      shown.push(meter.dod().split(',')[0] ?? '');
    }
    const path = '/NL-43/Auto_0002/Auto_Lp_01/NL_0001_SLM_Lp _0002_0001.rnd';
    const rowsAt = (seconds: number): string[] =>
      contentOf(fileAt(cardAt(meter.recordings, sound, START + seconds * 1_000, 0), path))
        .toString('latin1')
        .split('\r\n')
        .slice(2, -1);
    expect(rowsAt(2)).toHaveLength(20);
    const rows = rowsAt(5);
    expect(rows).toHaveLength(50);
    expect(rows[0]).toMatch(/^ +1,2026\/03\/04 06:06:07\.0, \d\d\.\d,0,0,$/);
    expect([9, 19, 29, 39, 49].map((row) => rows[row]?.split(',')[2])).toEqual(shown);
  });

  it('splits Lp files every hour and leaves a pause out', () => {
    const recording = earlierRecordings(START, 0)[0];
    if (recording === undefined) throw new Error('no recording');
    const long: Recording = {
      ...recording,
      lpIntervalMs: 1_000,
      spans: [
        { fromMs: START, toMs: START + 3_600_000 },
        { fromMs: START + 7_200_000, toMs: START + 7_210_000 },
      ],
    };
    const names = files(cardAt([long], heldLevel(50), START + 9_000_000, 0))
      .map(([path]) => path)
      .filter((path) => path.includes('Lp '));
    expect(names.map((name) => name.slice(-8))).toEqual(['0001.rnd', '0002.rnd']);
    const second = fileAt(cardAt([long], heldLevel(50), START + 9_000_000, 0), names[1] ?? '');
    expect(contentOf(second).toString('latin1').split('\r\n')[2]).toContain('    3601,2026/03/04 07:06:07.0, 50.0');
  });
});

describe('recording', () => {
  it('adds up measured time and finds the instant behind an offset', () => {
    const recording = { spans: [] } as unknown as Recording;
    openSpan(recording, 1_000);
    closeSpan(recording, 3_000);
    openSpan(recording, 10_000);
    expect(measuredMs(recording, 11_000)).toBe(3_000);
    expect([0, 1_900, 2_000, 2_500].map((offset) => instantAt(recording, offset))).toEqual([1_000, 2_900, 10_000, 10_500]);
  });
});

describe('row files', () => {
  const rows = rowFile({
    name: 'r',
    modifiedNaiveMs: 0,
    header: 'head\r\n',
    rowBytes: 6,
    rows: 1_000,
    rowsFrom: (first) => {
      let row = first;
      return () => `${String(row++).padStart(4)}\r\n`;
    },
  });

  it('read from any offset what they are from the start', () => {
    const whole = contentOf(rows);
    const pattern = patternFile('p', 0, 40_000, 'BM');
    const all = contentOf(pattern);
    fc.assert(
      fc.property(fc.nat(rows.sizeBytes), fc.nat(40_000), (offset, other) => {
        expect(contentOf(rows, offset).equals(whole.subarray(offset))).toBe(true);
        expect(contentOf(pattern, other).equals(all.subarray(other))).toBe(true);
      }),
      { numRuns: 50 },
    );
    expect(whole.length).toBe(rows.sizeBytes);
  });
});

describe('paths and lists', () => {
  it.each([
    ['/', 'NL-43', '/NL-43'],
    ['/NL-43', '..', '/'],
    ['/NL-43', '../../../etc', '/etc'],
    ['/a', '/b//c/.', '/b/c'],
    ['/a', 'Lp _1.rnd', '/a/Lp _1.rnd'],
  ])('from %s, %j is %s', (from, path, absolute) => {
    expect(resolvePath(from, path)).toBe(absolute);
  });

  it('lists time of day without year for recent files, the year for old ones', () => {
    const now = Date.UTC(2026, 0, 2, 8, 0, 0);
    const named = (modifiedNaiveMs: number): CardEntry => patternFile('a b.rnd', modifiedNaiveMs, 123);
    expect(listLine(named(Date.UTC(2025, 11, 31, 22, 15)), now, false)).toBe(
      '-rw-rw-rw-   1 root  root        123 Dec 31 22:15 a b.rnd',
    );
    expect(listLine(named(Date.UTC(2025, 4, 5)), now, false)).toContain('May  5  2025 a b.rnd');
    expect(listLine(named(Date.UTC(2025, 4, 5, 7, 8)), now, true)).toContain('May  5 07:08 a b.rnd');
  });
});
