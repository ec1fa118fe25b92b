import { type Frame, quantizeFrame } from '@slmm/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stretchesOf } from '../levels/stretch-set.ts';
import { decodeStretches } from './block-statistics.ts';
import { frameArbitrary } from './frame-arbitrary.ts';
import { compareReadings, decodeBlock, encodeBlock } from './reading-block.ts';
import type { Reading } from '../reading-store.ts';

const T0 = Date.UTC(2026, 5, 1);
const frame = fc
  .tuple(frameArbitrary(false), fc.integer({ min: T0, max: T0 + 900_000 }))
  .map(([one, atMs]) => quantizeFrame({ ...one, unit: 'NL43-01', at: new Date(atMs).toISOString() }));
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
