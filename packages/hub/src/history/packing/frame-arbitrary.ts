/** Frames of every shape the contract allows, for property tests. */
import { type Frame, type Interval, MAX_SEQ } from '@slmm/protocol';
import fc from 'fast-check';

const printedLevel = fc.integer({ min: -5000, max: 25_000 }).map((hundredths) => hundredths / 100);
const anyLevel = fc.double({ min: -50, max: 250, noNaN: true }).map((level) => level + 0);
const seconds = fc.integer({ min: 1, max: 86_400_000 }).map((ms) => ms / 1000);

/** `exact`: levels as edges send them, to 0.01 dB; else any double. */
export function frameArbitrary(exact: boolean): fc.Arbitrary<Frame> {
  const level = fc.option(exact ? printedLevel : anyLevel);
  const interval: fc.Arbitrary<Interval> = fc.record(
    {
      s: seconds,
      leq: level,
      lmax: level,
      lmin: level,
      lpeak: level,
      basis: fc.constantFrom('drd', 'lp'),
      ticks: fc.integer({ min: 0, max: 864_000 }),
      missing: fc.integer({ min: 0, max: 864_000 }),
      over_s: seconds,
      under_s: seconds,
    },
    { requiredKeys: ['s', 'leq', 'lmax', 'lmin', 'lpeak', 'basis', 'ticks'] },
  );
  return fc.record(
    {
      v: fc.constant(1),
      unit: fc.constantFrom('NL43-01', 'NL43-02'),
      epoch: fc.constantFrom('01JD3EPOCH', '01JD4EPOCH'),
      seq: fc.integer({ min: 1, max: MAX_SEQ }),
      at: fc.integer({ min: 0, max: Date.UTC(2199, 11, 31) }).map((ms) => new Date(ms).toISOString()),
      src: fc.constantFrom('dod', 'drd'),
      run: fc.constantFrom('Start', 'Stop', 'unknown'),
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
      settings: fc.option(fc.stringMatching(/^[0-9A-Za-z._-]{1,16}$/)),
      offset_ms: fc.integer({ min: -10_000_000_000_000, max: 10_000_000_000_000 }),
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
  );
}
