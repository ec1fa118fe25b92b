import { type Frame, frameSchema, quantizeFrame } from '@slmm/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameArbitrary } from '../history/packing/frame-arbitrary.ts';
import { exampleFrame } from './frame-example.ts';
import { plainFrame } from './plain-frame.ts';

/** Values that are wrong in most places, and at the bounds of others. */
const strange = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    '1',
    'dod',
    'lp',
    'Start',
    {},
    [],
    [1, 2, 3, 4, 5],
    -0,
    0,
    1,
    2,
    0.5,
    86_400,
    86_401,
    864_000,
    864_001,
  ),
  fc.constantFrom<unknown>(
    -50,
    1_000_000_000,
    1_000_000_001,
    -50.001,
    250,
    250.001,
    1e15,
    1e16,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    0.0004,
    0.0005,
    12.345,
    1e13,
    -1e13,
    1e13 + 1,
  ),
  fc.constantFrom<unknown>(
    '2026-02-30T00:00:00.000Z',
    '2026-11-23T24:00:00.000Z',
    '2199-12-31T23:59:59.999Z',
    '1969-12-31T23:59:59.999Z',
  ),
  fc.constantFrom<unknown>(
    '2199-12-31T24:00:00.000Z',
    '2026-11-23T06:00:00Z',
    'abcdefgh',
    'abcdefg',
    'a b',
    'a'.repeat(16),
    'a'.repeat(17),
  ),
  fc.jsonValue(),
);
const SOMETIMES = [
  'offset_ms',
  'interval.missing',
  'interval.over_s',
  'interval.under_s',
  'ln.0',
  'ln.4',
  'unheard_of',
  'interval.unheard_of',
];
const keys = (frame: Frame): string[] => [
  ...Object.keys(frame),
  ...Object.keys(frame.interval ?? {}).map((key) => `interval.${key}`),
  ...SOMETIMES,
];

/** As it comes from the wire, with one value replaced or taken away. */
function changed(frame: Frame, path: string, value: unknown, remove: boolean): unknown {
  const content = JSON.parse(JSON.stringify(frame)) as Record<string, unknown>;
  const [first = '', second] = path.split('.');
  const holder = second === undefined ? content : content[first];
  if (typeof holder !== 'object' || holder === null) return content;
  const key = second ?? first;
  if (remove) delete (holder as Record<string, unknown>)[key];
  else (holder as Record<string, unknown>)[key] = value;
  return content;
}

describe('plainFrame', () => {
  it('takes every frame there can be, as the schema and quantizing do', () => {
    fc.assert(
      fc.property(fc.boolean().chain(frameArbitrary), (frame) => {
        const content = JSON.parse(JSON.stringify(frame)) as unknown;
        expect(plainFrame(content, frame.unit)).toStrictEqual(quantizeFrame(frameSchema.parse(content)));
      }),
      { numRuns: 500 },
    );
  });

  it('takes nothing that the schema refuses, and nothing otherwise than the schema', () => {
    const cases = fc
      .boolean()
      .chain(frameArbitrary)
      .chain((frame) => fc.tuple(fc.constant(frame), fc.constantFrom(...keys(frame)), strange, fc.boolean()));
    fc.assert(
      fc.property(cases, ([frame, path, value, remove]) => {
        const content = changed(frame, path, value, remove);
        const judged = frameSchema.safeParse(content);
        const wanted = judged.success && judged.data.unit === frame.unit ? quantizeFrame(judged.data) : null;
        const plain = plainFrame(content, frame.unit);
        // What was left out is for the schema to fill in.
        if (plain === null && remove) return;
        expect(plain).toStrictEqual(wanted);
      }),
      { numRuns: 5000 },
    );
  });

  it.each([null, 1, 'frame', [], {}, [exampleFrame({ seq: 1 })]])('does not take %j', (content) => {
    expect(plainFrame(content, 'NL43-01')).toBeNull();
  });

  it('does not take a frame of another unit', () => {
    expect(plainFrame(exampleFrame({ seq: 1 }), 'NL43-02')).toBeNull();
  });
});
