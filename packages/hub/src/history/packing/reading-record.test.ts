import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameArbitrary } from './frame-arbitrary.ts';
import { decodeRecord, encodeRecords } from './reading-record.ts';
import type { Reading } from '../reading-store.ts';

const readings = (exact: boolean): fc.Arbitrary<Reading[]> =>
  fc.array(
    fc
      .tuple(frameArbitrary(exact), fc.boolean(), fc.boolean())
      .map(([frame, late, imported]) => ({ frame, atMs: Date.parse(frame.at), late, ...(imported ? { imported } : {}) })),
    { minLength: 1, maxLength: 30 },
  );

function roundTrip(all: readonly Reading[]): Reading[] {
  const { bytes, offsets } = encodeRecords(all);
  return all.map(({ frame, atMs, late }, index) =>
    decodeRecord({ ...frame, atMs, late }, bytes.subarray(offsets[index], offsets[index + 1])),
  );
}

describe('a record', () => {
  it.each([
    ['levels as edges send them', true],
    ['levels of any fineness', false],
  ])('gives back exactly what went in, with %s', (_, exact) => {
    fc.assert(
      fc.property(readings(exact), (all) => {
        expect(roundTrip(all)).toEqual(all);
      }),
    );
  });

  it('takes some fifty bytes for a frame of a meter', () => {
    fc.assert(
      fc.property(readings(true), (all) => {
        const { bytes } = encodeRecords(all);
        expect(bytes.length / all.length).toBeLessThan(100);
      }),
    );
  });

  it('is refused when it is damaged', () => {
    const place = { unit: 'u', epoch: '01JD3EPOCH', seq: 7, atMs: 0, late: false };
    expect(() => decodeRecord(place, new Uint8Array([9, 9, 9, 9, 9, 9, 9, 9]))).toThrow(/01JD3EPOCH 7/);
    expect(() => decodeRecord(place, new Uint8Array())).toThrow(/not readable/);
  });
});
