import { decodeDod, type DodChannel, frameSchema, quantizeFrame } from '@slmm/protocol';
import { describe, expect, it } from 'vitest';
import { type DodFold, type DodMoment, elapsedSeconds, foldDod, type Folded } from './dod-frame.ts';

const CHANNEL: DodChannel = {
  lp: 62.4,
  leq: 58.9,
  le: 94.5,
  lmax: 81.2,
  lmin: 40.1,
  ln: [70.1, 65.3, 55, 47.2, 45.9],
  lpeak: 96,
  lieq: null,
  leqMov: null,
  ltm5: null,
  over: false,
  under: false,
};

const AT_MS = Date.UTC(2026, 10, 23, 6, 41, 5, 120);

function moment(afterMs: number, change: Partial<DodMoment> = {}): DodMoment {
  return {
    unit: 'NL43-01',
    atMs: AT_MS + afterMs,
    monotonicMs: afterMs,
    run: 'Start',
    settings: 'a91c',
    maxIntervalMs: 5000,
    ...change,
  };
}

/** Folds channels that come one second apart. */
function fold(...channels: DodChannel[]): Folded {
  let previous: DodFold = null;
  let folded: Folded | null = null;
  for (const [index, channel] of channels.entries()) {
    folded = foldDod(previous, channel, moment(index * 1000));
    previous = folded.fold;
  }
  if (folded === null) throw new Error('nothing to fold');
  return folded;
}

describe('a frame of a DOD', () => {
  it('carries the values as the meter gave them, and the edge time', () => {
    const { draft } = fold(CHANNEL);
    expect(draft).toMatchObject({
      at: '2026-11-23T06:41:05.120Z',
      src: 'dod',
      run: 'Start',
      lp: 62.4,
      le: 94.5,
      ln: CHANNEL.ln,
      interval: null,
    });
    expect(frameSchema.safeParse(quantizeFrame({ v: 1, epoch: '01JD3000000000000000000000', seq: 1, ...draft })).success).toBe(
      true,
    );
  });

  it('estimates its interval from the sample of Lp over the time since the frame before, and says so', () => {
    const { draft } = fold(CHANNEL, { ...CHANNEL, lp: 63 });
    expect(draft.interval).toEqual({
      s: 1,
      leq: 63,
      lmax: 63,
      lmin: 63,
      lpeak: null,
      basis: 'lp',
      ticks: 0,
      over_s: 0,
      under_s: 0,
    });
  });

  it('knows that a maximum which has just grown was reached in this interval', () => {
    const { draft } = fold(CHANNEL, { ...CHANNEL, lmax: 84, lmin: 39, lpeak: 101 });
    expect(draft.interval).toMatchObject({ leq: 62.4, lmax: 84, lmin: 39, lpeak: 101 });
  });

  it('counts the whole interval as overloaded when the meter says so', () => {
    expect(fold(CHANNEL, { ...CHANNEL, over: true }).draft.interval).toMatchObject({ over_s: 1, under_s: 0 });
  });

  it.each([
    ['across a gap in the link', moment(5001)],
    ['across a change of the run state', moment(1000, { run: 'Stop' })],
    ['when the clock has not moved', moment(0)],
  ])('has no interval %s', (_name, at) => {
    const first = foldDod(null, CHANNEL, moment(0));
    expect(foldDod(first.fold, CHANNEL, at).draft.interval).toBeNull();
  });

  it('has an interval that begins with the new run where the values began anew', () => {
    const begun = { ...CHANNEL, le: 58.4, leq: 62.4, lmax: 63, lmin: 61 };
    expect(fold(CHANNEL, begun).draft.interval).toMatchObject({ s: 0.398, leq: 62.4, lmax: 62.4, lmin: 62.4 });
    expect(fold(CHANNEL, { ...begun, le: 69.4 }).draft.interval?.s).toBe(1);
    expect(fold(CHANNEL, { ...begun, le: null, leq: null, lmax: null, lmin: null }).draft.interval).toBeNull();
  });

  it('has no interval where the meter shows no Lp', () => {
    expect(fold(CHANNEL, { ...CHANNEL, lp: null }).draft.interval).toBeNull();
  });

  it.each([
    ['the same values', { le: 94.5, leq: 58.9 }, false],
    ['values that grow', { le: 94.6, leq: 58.9 }, false],
    ['LE - Leq that falls by rounding', { le: 94.5, leq: 59.1 }, false],
    ['LE that falls', { le: 94.4, leq: 58.9 }, true],
    ['LE - Leq that falls further', { le: 95.5, leq: 65 }, true],
    ['values that all vanish', { le: null, leq: null, lmax: null, lmin: null }, true],
    ['one field that is blank', { le: null }, false],
  ])('sees a restart of the cumulative values in %s: %#', (_name, change, expected) => {
    expect(fold(CHANNEL, { ...CHANNEL, ...change }).restarted).toBe(expected);
  });

  it.each([
    ['as long as it would have without', 20, false],
    ['a little shorter, as rounding makes it', 18.8, false],
    ['much shorter, though longer than before', 12, true],
  ])('behind a lost connection, takes a measurement that has lasted %s for what it is', (_name, lastsS, expected) => {
    const at = (seconds: number) => ({ ...CHANNEL, leq: 60, le: 60 + 10 * Math.log10(seconds) });
    const first = foldDod(null, at(10), moment(0)).fold;
    const after = (wasCut: boolean) => foldDod(first, at(lastsS), moment(10_000, { wasCut })).restarted;
    expect([after(true), after(false)]).toEqual([expected, false]);
  });

  it('does not take a meter that begins to measure for a restart', () => {
    expect(fold({ ...CHANNEL, le: null, leq: null }, CHANNEL).restarted).toBe(false);
  });

  it('reads the measuring time from LE - Leq as on the real meter: 53.7 - 43.7 is ten seconds', () => {
    expect(elapsedSeconds({ ...CHANNEL, le: 53.7, leq: 43.7 })).toBeCloseTo(10, 5);
    expect(elapsedSeconds({ ...CHANNEL, le: null })).toBeNull();
  });

  it('keeps a percentile that lies a tenth outside Lmin and Lmax, as real meters print it', () => {
    const fields = [
      ' 43.7',
      ' 43.7',
      ' 53.7',
      ' 44.1',
      ' 43.4',
      ' 44.2',
      ' 44.0',
      ' 43.7',
      ' 43.4',
      ' 43.3',
      ' 58.0',
      '  -.-',
      '  -.-',
      '  -.-',
      '0',
      '0',
    ];
    const unused = [...Array.from({ length: 14 }, () => '  -.-'), '-', '-'];
    const reading = decodeDod([...fields, ...unused, ...unused, ...unused].join(','));
    if (reading.kind === 'failure') throw new Error(reading.detail);
    expect(fold(reading.channels[0]).draft).toMatchObject({ lmax: 44.1, lmin: 43.4, ln: [44.2, 44, 43.7, 43.4, 43.3] });
  });
});
