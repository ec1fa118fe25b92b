/** Bytes as they lie in databases that are in use. Whatever becomes of the code, it must read these; a new form gets a new version and a test of its own. */
import { describe, expect, it } from 'vitest';
import { decodeStretches } from './block-statistics.ts';
import { decodeBlock } from './reading-block.ts';
import { decodeRollup } from './rollup-bytes.ts';

const T0 = Date.UTC(2026, 5, 1);
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'));

/** A frame with a lost tick, a late one that is overloaded and has no interval, and an imported row of a level finer than meters print. */
const BLOCK = bytesOf(
  'AQMBRAE/AMD/Bcj5+7OuCsgByAEBsgIUigEOBcgBAgWgnaA7+dKaERIF4JlqABIFn62iAQAaAYDzyUoCBRIRCgECDgEADgEAAXcAiP8CCjAxSkQzRVBPQ0gKSU1QT1JUMDAwMQEAAAIBAADAngMBAgLu3tcHCgOAmME7DgOg/84FLgOgyIEJDgOAm98HDgOgwOkDDgOA8JMJAAAADgOg29cGDgOgj50GDgPAsZ8FDgOAlsAEDgPgprAEAAEEYTkxYw4DAA==',
);
const ROLLUP = bytesOf('AScFQTbRR2+YxyLsDgMAAAAAAAAAAAAAZEBPgAAAAAAA6AdARgr/ACW/rbgXQFOMzMzMzM3oBwFk8gYKtAEJ');

describe('what is stored', () => {
  it('as a block is read', () => {
    const [first, second, third] = decodeBlock('NL43-01', BLOCK);
    expect(first).toMatchObject({
      atMs: T0 + 1000,
      late: false,
      frame: {
        epoch: '01JD3EPOCH',
        seq: 1,
        src: 'drd',
        run: 'Start',
        lp: 62.4,
        le: 94.5,
        ln: [70.1, 65.3, 55, 47.2, 45.9],
        settings: 'a91c',
      },
    });
    expect(first?.frame.interval).toEqual({
      s: 1,
      leq: 62.13,
      lmax: 63,
      lmin: 60.8,
      lpeak: 78.2,
      basis: 'drd',
      ticks: 9,
      missing: 1,
      over_s: 0,
      under_s: 0,
    });
    expect(second).toMatchObject({ late: true, frame: { seq: 2, over: true, interval: null } });
    expect(third).toMatchObject({
      atMs: T0 + 3000,
      imported: true,
      frame: { epoch: 'IMPORT0001', interval: { leq: 44.085907 } },
    });
    expect(decodeStretches(BLOCK)).toMatchObject({
      stretches: [
        { startMs: T0, endMs: T0 + 1000, measuredMs: 900, leqDb: 62.13, basis: 'drd' },
        { startMs: T0 + 3000, endMs: T0 + 4000, leqDb: 44.085907, basis: 'import' },
      ],
      silent: [{ atMs: T0 + 2000 }],
    });
  });

  it('as a rollup is read', () => {
    const { histogram, energy, ...rest } = decodeRollup(ROLLUP, T0);
    expect(energy).toBeCloseTo(0.9 * 10 ** 6.213 + 10 ** 4.4085907, 3);
    expect([histogram.classes, histogram.ms]).toEqual([
      [441, 621],
      [1000, 900],
    ]);
    expect(rest).toEqual({
      validMs: 1900,
      overEnergy: 0,
      overMs: 0,
      underMs: 0,
      missingMs: 100,
      lmax: { levelDb: 63, atMs: T0 + 1000 },
      lmin: { levelDb: 44.085907, atMs: T0 + 3000 },
      lpeak: { levelDb: 78.2, atMs: T0 + 1000 },
      overLmax: null,
      overLpeak: null,
      count: 3,
      bases: 5,
    });
  });
});
