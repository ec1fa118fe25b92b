import { deflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBackfill, encodeBackfill, encodeLost, type LostRange, MAX_BATCH_FRAMES } from './backfill-batch.ts';
import { type Frame, frameSchema, type Interval, quantizeFrame } from './frame.ts';
import { MAX_SEQ } from './primitives.ts';
import { exampleFrame } from '../testing.ts';

const EPOCH = '01JD3ABCDEFGHJKMNPQRSTVWXY';
const frame = (seq: number, over: Partial<Frame> = {}): Frame =>
  exampleFrame({
    epoch: EPOCH,
    seq,
    at: new Date(Date.UTC(2026, 10, 23, 6, 0, 0, 120) + (seq % 1_000_000) * 1003).toISOString(),
    interval: { s: 1.003, leq: 62.13, lmax: 63, lmin: 60.8, lpeak: 78.2, basis: 'drd', ticks: 10 },
    ...over,
  });

const decoded = (payload: Uint8Array) => {
  const result = decodeBackfill(payload);
  if (result.kind === 'bad') throw new Error(result.reason);
  return result.value;
};

const level = fc.option(
  fc.oneof(
    fc.double({ min: -50, max: 250, noNaN: true }),
    fc.integer({ min: -500, max: 2500 }).map((n) => n / 10),
  ),
);
const optional = <T, K extends string>(key: K, value: fc.Arbitrary<T>) =>
  fc.option(value).map((some) => (some === null ? {} : { [key]: some })) as fc.Arbitrary<Partial<Record<K, T>>>;
const count = fc.integer({ min: 0, max: 864_000 });
const duration = fc.double({ min: 0, max: 86_400, noNaN: true });
const intervals: fc.Arbitrary<Interval> = fc
  .tuple(
    fc.record({
      s: fc.double({ min: Number.MIN_VALUE, max: 86_400, noNaN: true }),
      leq: level,
      lmax: level,
      lmin: level,
      lpeak: level,
      basis: fc.constantFrom('drd' as const, 'lp' as const),
      ticks: count,
    }),
    optional('missing', count),
    optional('over_s', duration),
    optional('under_s', duration),
  )
  .map((parts) => Object.assign({}, ...parts) as Interval);
const frames: fc.Arbitrary<Frame[]> = fc
  .tuple(
    fc.array(
      fc.record({
        gap: fc.integer({ min: 1, max: 1_000_000 }),
        at: fc
          .date({ min: new Date(0), max: new Date('2199-12-31T23:59:59.999Z'), noInvalidDate: true })
          .map((date) => date.toISOString()),
        src: fc.constantFrom('dod' as const, 'drd' as const),
        run: fc.constantFrom('Start' as const, 'Stop' as const, 'unknown' as const),
        levels: fc.tuple(level, level, level, level, level, level, level, level, level),
        ln: fc.tuple(level, level, level, level, level),
        flags: fc.tuple(fc.boolean(), fc.boolean()),
        interval: fc.option(intervals),
        settings: fc.option(fc.stringMatching(/^[0-9A-Za-z._-]{1,16}$/)),
        offset: optional('offset_ms', fc.integer({ min: -10_000_000_000_000, max: 10_000_000_000_000 })),
      }),
      { minLength: 1, maxLength: 70 },
    ),
    fc.integer({ min: 1, max: MAX_SEQ - 70 * 1_000_000 }),
  )
  .map(([parts, firstSeq]) => {
    let seq = firstSeq - 1;
    return parts.map(({ gap, at, src, run, levels, ln, flags, interval, settings, offset }) => {
      seq += gap;
      const [lp, leq, le, lmax, lmin, lpeak, lieq, leqmov, ltm5] = levels;
      const [over, under] = flags;
      return frame(seq, {
        at,
        src,
        run,
        lp,
        leq,
        le,
        lmax,
        lmin,
        lpeak,
        lieq,
        leqmov,
        ltm5,
        ln,
        over,
        under,
        interval,
        settings,
        ...offset,
      });
    });
  });

describe('backfill batch', () => {
  it('gives back every field of every frame the schema allows, quantized, with holes in seq', () => {
    fc.assert(
      fc.property(frames, (sent) => {
        for (const one of sent) frameSchema.parse(one);
        const expected = sent.map(quantizeFrame);
        const batch = decoded(encodeBackfill(sent));
        expect(batch).toStrictEqual({ kind: 'frames', unit: 'NL43-01', epoch: EPOCH, frames: expected, poisoned: [] });
        expect(expected.map((one) => JSON.parse(JSON.stringify(one)))).toStrictEqual(expected);
        expect(decoded(encodeBackfill(expected))).toStrictEqual(batch);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps the tenths of a meter and the hundredths of a computed level exactly', () => {
    const sent = [frame(1), frame(2, { lp: -0.1, interval: null }), frame(9, { settings: null, run: 'unknown', offset_ms: -12 })];
    expect(decoded(encodeBackfill(sent))).toMatchObject({ frames: sent });
  });

  it('holds the largest batch of the widest values', () => {
    const wide = Array.from({ length: MAX_BATCH_FRAMES }, (_, index) =>
      frame(1 + index * 1_000_000_000_000, {
        at: index % 2 === 0 ? '1970-01-01T00:00:00.000Z' : '2199-12-31T23:59:59.999Z',
        lp: index % 2 === 0 ? -50 : 250,
        leq: index % 2 === 0 ? 249.99 : -49.99,
        settings: `${index}`.padStart(16, '0'),
        offset_ms: index % 2 === 0 ? -10_000_000_000_000 : 10_000_000_000_000,
      }),
    );
    expect(decoded(encodeBackfill(wide))).toMatchObject({ frames: wide });
  });

  it('costs at most ten bytes a frame when a batch of 60 varies as a meter does', () => {
    const sent = Array.from({ length: 60 }, (_, index) =>
      frame(index + 1, {
        lp: 55 + Math.round(Math.sin(index / 3) * 30) / 10,
        leq: 58.9 + (index > 30 ? 0.1 : 0),
        le: 94.5 + Math.floor(index / 9) / 10,
      }),
    );
    expect(encodeBackfill(sent).length / 60).toBeLessThan(10);
  });

  it('refuses to encode what is not one ascending batch', () => {
    expect(() => encodeBackfill([])).toThrow(RangeError);
    expect(() => encodeBackfill([frame(2), frame(2)])).toThrow(RangeError);
    expect(() => encodeBackfill([frame(1), frame(2, { unit: 'other' })])).toThrow(RangeError);
    expect(() => encodeBackfill([frame(1), frame(2, { epoch: 'OTHEREPOCH' })])).toThrow(RangeError);
    expect(() => encodeBackfill(Array.from({ length: MAX_BATCH_FRAMES + 1 }, (_, index) => frame(index + 1)))).toThrow(
      RangeError,
    );
  });

  it('carries ranges that will never come', () => {
    const ranges: LostRange[] = [
      { first: 5, last: 900, cause: 'journal-full', from: '2026-11-23T06:00:00.000Z', to: '2026-11-23T06:15:00.000Z' },
      { first: 901, last: 901, cause: 'disk', from: null, to: null },
    ];
    expect(decoded(encodeLost('NL43-01', EPOCH, ranges))).toEqual({ kind: 'lost', unit: 'NL43-01', epoch: EPOCH, ranges });
    expect(() => encodeLost('NL43-01', EPOCH, [{ first: 5, last: 4, cause: 'disk', from: null, to: null }])).toThrow();
  });
});

describe('bad backfill batches', () => {
  const good = encodeBackfill([frame(1), frame(2), frame(3)]);

  it('gives a reason for any garbage and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(decodeBackfill(bytes).kind).toBe('bad');
        decodeBackfill(Uint8Array.from([...good.slice(0, 4), ...bytes]));
      }),
    );
  });

  it('never gives a frame the schema forbids, whatever bits are flipped', () => {
    const start = good.length - 60;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(59),
        (changes, cut) => {
          const bytes = Uint8Array.from(good);
          for (const [offset, value] of changes) bytes[offset] = value;
          for (const payload of [bytes, bytes.slice(0, start + cut)]) {
            const result = decodeBackfill(payload);
            if (result.kind === 'ok' && result.value.kind === 'frames')
              for (const one of result.value.frames) frameSchema.parse(one);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('never gives a frame the schema forbids, whatever an inflated body says', () => {
    const head = [...good.slice(0, 4 + 1 + EPOCH.length + 1 + 'NL43-01'.length), 1, 2];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (body) => {
        const result = decodeBackfill(Uint8Array.from([...head, ...deflateRawSync(body)]));
        if (result.kind === 'ok' && result.value.kind === 'frames') for (const one of result.value.frames) frameSchema.parse(one);
      }),
      { numRuns: 2000 },
    );
  });

  it('names the frames in a batch that say something impossible, and gives the others', () => {
    const impossible = { ...frame(2), lp: 900 };
    const value = decoded(encodeBackfill([frame(1), impossible, frame(3), { ...frame(9), lmax: -400 }]));
    expect(value).toMatchObject({ kind: 'frames', poisoned: [2, 9] });
    expect(value.kind === 'frames' ? value.frames : []).toEqual([frame(1), frame(3)].map(quantizeFrame));
  });

  it.each([
    ['a deflate bomb', Uint8Array.from([...good.slice(0, 40), ...deflateRawSync(new Uint8Array(50_000_000))])],
    ['a truncated body', good.slice(0, -1)],
    ['bytes behind the body', Uint8Array.from([...good, 0])],
    ['a later version', Uint8Array.from([...good.slice(0, 2), 2, ...good.slice(3)])],
    ['an unknown kind', Uint8Array.from([...good.slice(0, 3), 7, ...good.slice(4)])],
    ['a payload beyond every bound', new Uint8Array(200_000)],
    ['nothing', new Uint8Array()],
  ])('refuses %s', (_name, payload) => {
    expect(decodeBackfill(payload)).toMatchObject({ kind: 'bad', reason: expect.stringContaining('backfill batch') });
  });
});
