import { type Frame, quantizeFrame } from '@slmm/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stretchesOf } from '../levels/stretch-set.ts';
import { decodeStretches } from './block-statistics.ts';
import { compareReadings, decodeBlock, encodeBlock } from './reading-block.ts';
import type { Reading } from '../reading-store.ts';

const T0 = Date.UTC(2026, 5, 1);
const level = fc.option(fc.double({ min: -50, max: 250, noNaN: true }));
const interval = fc.record(
  {
    s: fc.double({ min: 0.001, max: 3600, noNaN: true }),
    leq: level,
    lmax: level,
    lmin: level,
    lpeak: level,
    basis: fc.constantFrom('drd' as const, 'lp' as const),
    ticks: fc.integer({ min: 0, max: 864_000 }),
    missing: fc.integer({ min: 0, max: 864_000 }),
    over_s: fc.double({ min: 0, max: 100, noNaN: true }),
    under_s: fc.double({ min: 0, max: 100, noNaN: true }),
  },
  { requiredKeys: ['s', 'leq', 'lmax', 'lmin', 'lpeak', 'basis', 'ticks'] },
);
const frame = fc
  .record(
    {
      v: fc.constant(1 as const),
      unit: fc.constant('NL43-01'),
      epoch: fc.constantFrom('01JD3AAAAAAAAAAAAAAAAAAAAA', '01JD3BBBBBBBBBBBBBBBBBBBBB'),
      seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      at: fc.integer({ min: T0, max: T0 + 900_000 }).map((atMs) => new Date(atMs).toISOString()),
      src: fc.constantFrom('dod' as const, 'drd' as const),
      run: fc.constantFrom('Start' as const, 'Stop' as const, 'unknown' as const),
      lp: level,
      leq: level,
      le: level,
      lmax: level,
      lmin: level,
      lpeak: level,
      ln: fc.tuple(level, level, level, level, level),
      lieq: level,
      leqmov: level,
      ltm5: level,
      over: fc.boolean(),
      under: fc.boolean(),
      interval: fc.option(interval),
      settings: fc.option(fc.constantFrom('a91c', 'b002')),
      offset_ms: fc.integer({ min: -1e9, max: 1e9 }),
    },
    {
      requiredKeys: [
        'v',
        'unit',
        'epoch',
        'seq',
        'at',
        'src',
        'run',
        'lp',
        'leq',
        'le',
        'lmax',
        'lmin',
        'lpeak',
        'ln',
        'lieq',
        'leqmov',
        'ltm5',
        'over',
        'under',
        'interval',
        'settings',
      ],
    },
  )
  .map((one) => quantizeFrame(one as Frame));
const readings = fc
  .array(fc.tuple(frame, fc.boolean()), { minLength: 1, maxLength: 40 })
  .map((rows) => rows.map(([one, late]): Reading => ({ frame: one, atMs: Date.parse(one.at), late })).toSorted(compareReadings));

/** A row of an imported series, with as many decimals as its file has. */
function imported(second: number, leq: number): Reading {
  const atMs = T0 + second * 1000;
  const none = [null, null, null, null, null] as Frame['ln'];
  return {
    atMs,
    late: true,
    imported: true,
    frame: {
      v: 1,
      unit: 'NL43-01',
      epoch: 'IMPORT0001',
      seq: second,
      at: new Date(atMs).toISOString(),
      src: 'dod',
      run: 'Start',
      lp: null,
      leq: null,
      le: null,
      lmax: null,
      lmin: null,
      lpeak: null,
      ln: none,
      lieq: null,
      leqmov: null,
      ltm5: null,
      over: false,
      under: false,
      interval: { s: 1, leq, lmax: leq, lmin: leq, lpeak: null, basis: 'lp', ticks: 0 },
      settings: null,
    },
  };
}

describe('a block of readings', () => {
  it('gives back what went in', () => {
    fc.assert(
      fc.property(readings, (some) => {
        expect(decodeBlock('NL43-01', encodeBlock(some))).toEqual(some);
      }),
    );
  });

  it('gives the same stretches without the rest being unpacked', () => {
    fc.assert(
      fc.property(readings, (some) => {
        expect(decodeStretches(encodeBlock(some))).toEqual(stretchesOf(some));
      }),
    );
  });

  it('keeps six decimals of imported levels', () => {
    const some = [imported(1, 44.085907), imported(2, 44.285907), imported(3, -12.5)];
    expect(decodeBlock('NL43-01', encodeBlock(some))).toEqual(some);
    expect(decodeStretches(encodeBlock(some)).stretches.map((one) => [one.leqDb, one.basis])).toEqual([
      [44.085907, 'import'],
      [44.285907, 'import'],
      [-12.5, 'import'],
    ]);
  });

  it('that is damaged or of another version is refused', () => {
    const bytes = encodeBlock([imported(1, 50)]);
    expect(() => decodeBlock('NL43-01', bytes.slice(0, -3))).toThrow(/cannot be read/);
    expect(() => decodeStretches(Uint8Array.from([9, ...bytes.slice(1)]))).toThrow(/cannot be read/);
  });
});
