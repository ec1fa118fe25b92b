import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeDod } from './dod-line.ts';

const MEASURED = [
  ' 51.3',
  ' 52.4',
  ' 72.4',
  ' 60.1',
  ' 48.0',
  ' 57.5',
  ' 55.2',
  ' 51.0',
  ' 48.7',
  ' 48.2',
  ' 71.9',
  '  -.-',
  '  -.-',
  '  -.-',
  '0',
  '0',
];
const UNUSED = [...Array<string>(14).fill('  -.-'), '-', '-'];

/** A DOD line of four channels with single fields replaced by position. */
function dod(replaced: Readonly<Record<number, string>> = {}): string {
  return [...MEASURED, ...UNUSED, ...UNUSED, ...UNUSED].map((field, index) => replaced[index] ?? field).join(',');
}

describe('decodeDod', () => {
  it('is 353 bytes with CR LF in its normal form', () => {
    expect(`${dod()}\r\n`.length).toBe(353);
  });

  it('reads the sixteen fields of a channel and keeps the line', () => {
    const reading = decodeDod(dod());
    expect(reading).toMatchObject({ kind: 'dod', raw: dod() });
    if (reading.kind !== 'dod') return;
    expect(reading.channels[0]).toEqual({
      lp: 51.3,
      leq: 52.4,
      le: 72.4,
      lmax: 60.1,
      lmin: 48,
      ln: [57.5, 55.2, 51, 48.7, 48.2],
      lpeak: 71.9,
      lieq: null,
      leqMov: null,
      ltm5: null,
      over: false,
      under: false,
    });
    expect(reading.channels[3].lp).toBeNull();
    expect(reading.channels[3].over).toBe(false);
  });

  it.each<[string, string, number | null]>([
    ['three digits', '130.0', 130],
    ['one digit', '  9.8', 9.8],
    ['negative', ' -3.2', -3.2],
    ['minus zero', ' -0.0', 0],
    ['stripped of its padding', '43.7', 43.7],
    ['NL-43 placeholder', '  -.-', null],
    ['NL-42 placeholder', ' --.-', null],
    ['a dash', '-', null],
    ['blank', '     ', null],
    ['empty', '', null],
  ])('takes a level that is %s', (_name, field, lp) => {
    const reading = decodeDod(dod({ 0: field }));
    expect(reading.kind === 'dod' && reading.channels[0].lp).toBe(lp);
  });

  it('reads a blank field in its own place, so that nothing shifts', () => {
    const reading = decodeDod(dod({ 2: '' }));
    expect(reading.kind === 'dod' && [reading.channels[0].le, reading.channels[0].lmax]).toEqual([null, 60.1]);
  });

  it('reads flags', () => {
    const reading = decodeDod(dod({ 14: '1', 15: '1' }));
    expect(reading.kind === 'dod' && [reading.channels[0].over, reading.channels[0].under]).toEqual([true, true]);
  });

  it.each<[string, string, string]>([
    ['63 fields', dod().slice(0, -2), 'field-count'],
    ['65 fields', `${dod()},-`, 'field-count'],
    ['an empty line', '', 'field-count'],
    ['a stray sign', dod({ 0: ' 65.;' }), 'bad-number'],
    ['two decimals', dod({ 0: '65.00' }), 'bad-number'],
    ['no decimal', dod({ 0: '   65' }), 'bad-number'],
    ['an exponent', dod({ 0: '  1e3' }), 'bad-number'],
    ['hexadecimal', dod({ 0: ' 0x41' }), 'bad-number'],
    ['NUL', dod({ 0: '\x0065.0' }), 'bad-number'],
    ['a tab', dod({ 0: '\t65.0' }), 'bad-number'],
    ['above 200 dB', dod({ 0: '200.1' }), 'out-of-range'],
    ['below -20 dB', dod({ 0: '-20.1' }), 'out-of-range'],
    ['a flag of two', dod({ 14: '2' }), 'bad-flag'],
    ['an answer of another command', 'Start', 'field-count'],
  ])('refuses %s', (_name, line, reason) => {
    expect(decodeDod(line)).toMatchObject({ kind: 'failure', reason, raw: line });
  });

  it('says which field did not fit', () => {
    expect(decodeDod(dod({ 4: 'x' }))).toMatchObject({ detail: 'field 5 is "x"' });
  });

  it('reads the head of a longer line only from a meter with octave bands', () => {
    const longer = `${dod()}, 31.2, 33.4`;
    expect(decodeDod(longer).kind).toBe('failure');
    expect(decodeDod(longer, { octave: true }).kind).toBe('dod');
    expect(decodeDod(dod().slice(0, -2), { octave: true }).kind).toBe('failure');
  });

  it('answers every text with a reading or a failure', () => {
    const field = fc.oneof(fc.constantFrom('  -.-', ' 51.3', '0', '-', ''), fc.string({ maxLength: 6 }));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(field, { minLength: 64, maxLength: 64 }).map((fields) => fields.join(',')),
        ),
        (line) => {
          expect(['dod', 'failure']).toContain(decodeDod(line).kind);
        },
      ),
    );
  });

  it('lets one spoilt byte cost the line, or change its own field, and never shift another', () => {
    const line = dod();
    const flat = (text: string): unknown[] | null => {
      const reading = decodeDod(text);
      return reading.kind === 'dod' ? reading.channels.flatMap(({ ln, ...one }) => [...Object.values(one), ...ln]) : null;
    };
    const whole = flat(line) ?? [];
    const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
    fc.assert(
      fc.property(fc.nat(line.length - 1), fc.oneof(byte, fc.constantFrom('', ' ', '0', '.', '-', ',')), (at, instead) => {
        const read = flat(line.slice(0, at) + instead + line.slice(at + 1));
        if (read !== null) expect(read.filter((value, index) => value !== whole[index]).length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 2000 },
    );
  });
});
