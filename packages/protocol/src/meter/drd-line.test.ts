import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeDrd, ticksBetween } from './drd-line.ts';

const UNUSED = '  -.-,  -.-,  -.-,  -.-,  -.-,  -.-,-,-';
const NL43 = `217, 51.3, 52.0, 51.4, 51.1, 64.8,  -.-,0,0,${UNUSED},${UNUSED},${UNUSED}`;
const NL42 = '  5, 51.3, 52.0, 51.4, 51.1, 64.8, 55.0,0,1';

describe('decodeDrd', () => {
  it('reads the 33 fields of an NL-43; Leq above Lmax is legal', () => {
    const tick = decodeDrd(NL43);
    expect(tick).toMatchObject({ kind: 'drd', layout: 'nl43', counter: 217, status: null, raw: NL43 });
    expect(tick.kind === 'drd' && tick.channels.length).toBe(4);
    expect(tick.kind === 'drd' && tick.channels[0]).toEqual({
      lp: 51.3,
      leq: 52,
      lmax: 51.4,
      lmin: 51.1,
      lpeak: 64.8,
      lieq: null,
      over: false,
      under: false,
    });
    expect(`${NL43}\r\n`.length).toBe(165);
  });

  it('reads the 9 fields of an NL-42', () => {
    const tick = decodeDrd(NL42);
    expect(tick).toMatchObject({ layout: 'nl42', counter: 5, additional: 64.8 });
    expect(tick.kind === 'drd' && [tick.channels[0].leq, tick.channels[0].under, tick.channels[1]?.lp]).toEqual([52, true, 55]);
  });

  it('reads the tail of DRD?status by shape, wherever its date stands', () => {
    const status = {
      clock: { year: 2026, month: 3, day: 4, hour: 5, minute: 6, second: 7 },
      power: 'E',
      battery: 'F',
      sdFreeMb: 29012,
      run: 'Start',
    };
    expect(decodeDrd(`${NL43},2026/03/04 05:06:07,E,F,29012,M`)).toMatchObject({ status });
    expect(decodeDrd(`${NL43},E,F, 29012,M,2026/03/04 05:06:07`)).toMatchObject({ status });
    expect(decodeDrd(`${NL43},I,x,29012,S,?`)).toMatchObject({ status: { clock: null, power: 'I', battery: null, run: null } });
  });

  it.each([
    ['whose date comes as two fields', '2026/03/04,05:06:07,E,F,29012,M'],
    ['with a unit behind the megabytes', '2026/03/04 05:06:07,E,F,29012MB,M'],
    ['without its date', 'E,F,29012,M'],
    ['of an NL-42', '2026/03/04 05:06:07,E,F,29012,M', NL42],
  ])('reads a tail %s', (_name, tail, head = NL43) => {
    expect(decodeDrd(`${head},${tail}`)).toMatchObject({ status: { power: 'E', battery: 'F', sdFreeMb: 29012, run: 'Start' } });
  });

  it.each<[string, string, string]>([
    ['counter 0', NL43.replace('217', '  0'), 'bad-counter'],
    ['counter 601', NL43.replace('217', '601'), 'bad-counter'],
    ['a blank counter', NL43.replace('217', ''), 'bad-counter'],
    ['a cut line', NL43.slice(0, 60), 'field-count'],
    ['a field too many', `${NL43},0`, 'field-count'],
    ['a bad level', NL43.replace(' 52.0', ' 5-.0'), 'bad-number'],
    ['a tail of nothing known', `${NL43},?,?,?,?,?`, 'field-count'],
    ['a tail of another number that is not all known', `${NL43},E,F,29012,?`, 'field-count'],
    ['a flag too many', `${NL43},1`, 'field-count'],
    ['seven fields too many', `${NL43},E,F,1,M,E,F,M`, 'field-count'],
  ])('refuses %s', (_name, line, reason) => {
    expect(decodeDrd(line)).toMatchObject({ kind: 'failure', reason, raw: line });
  });

  it('reads the head of a longer line only from a meter with octave bands', () => {
    for (const bands of [1, 5, 30]) {
      const line = `${NL43}${', 31.2'.repeat(bands)}`;
      expect(decodeDrd(line, { octave: true })).toMatchObject({ kind: 'drd', status: null, raw: line });
      expect(decodeDrd(line).kind).toBe('failure');
    }
  });

  it('answers every text with a tick or a failure', () => {
    const field = fc.oneof(fc.constantFrom('  -.-', ' 51.3', '0', '-', '217', 'M'), fc.string({ maxLength: 6 }));
    const fields = fc.constantFrom(9, 14, 33, 38).chain((length) => fc.array(field, { minLength: length, maxLength: length }));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fields.map((list) => list.join(',')),
        ),
        (line) => {
          expect(['drd', 'failure']).toContain(decodeDrd(line).kind);
        },
      ),
    );
  });

  it('lets one spoilt byte cost the line, or change its own field, and never shift another', () => {
    const flat = (text: string): unknown[] | null => {
      const tick = decodeDrd(text);
      return tick.kind === 'drd' ? [tick.counter, ...tick.channels.flatMap((one) => Object.values(one))] : null;
    };
    const whole = flat(NL43) ?? [];
    fc.assert(
      fc.property(fc.nat(NL43.length - 1), fc.integer({ min: 0, max: 255 }), (at, code) => {
        const read = flat(NL43.slice(0, at) + String.fromCharCode(code) + NL43.slice(at + 1));
        if (read !== null) expect(read.filter((value, index) => value !== whole[index]).length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('ticksBetween', () => {
  it.each([
    [1, 2, 1],
    [599, 600, 1],
    [600, 1, 1],
    [42, 42, 0],
    [598, 3, 5],
    [2, 1, 599],
  ])('from %i to %i is %i', (from, to, ticks) => {
    expect(ticksBetween(from, to)).toBe(ticks);
  });
});
