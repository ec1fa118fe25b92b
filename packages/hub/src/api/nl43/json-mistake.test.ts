import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonMistake } from './json-mistake.ts';

describe('jsonMistake', () => {
  // What `json.loads` of Python 3.11 says.
  it.each([
    ['{not json', 'Expecting property name enclosed in double quotes', 1],
    ['{"a" 1}', "Expecting ':' delimiter", 5],
    ['{"a":1 "b":2}', "Expecting ',' delimiter", 7],
    ['{"a":1,}', 'Expecting property name enclosed in double quotes', 7],
    ['{"a":}', 'Expecting value', 5],
    ['[1,]', 'Expecting value', 3],
    ['[1 2]', "Expecting ',' delimiter", 3],
    ['{"a":1} x', 'Extra data', 8],
    ['"abc', 'Unterminated string starting at', 0],
    ['"a\tb"', 'Invalid control character at', 2],
    ['"a\\x"', 'Invalid \\escape', 2],
    ['nul', 'Expecting value', 0],
    ['   ', 'Expecting value', 3],
    ['[01]', "Expecting ',' delimiter", 2],
  ])('says of %j what Python says', (text, msg, pos) => {
    expect(jsonMistake(text)).toMatchObject({ msg, pos });
  });

  it('counts lines and columns from 1', () => {
    expect(jsonMistake('{\n  "a": 1,\n  b\n}')).toMatchObject({ line: 3, column: 3, pos: 14 });
  });

  it('finds nothing in JSON, and something in everything else', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.json(), fc.string({ maxLength: 12 }), fc.stringMatching(/^[[\]{}",:0-9ae\\ .+-]{0,12}$/)),
        (text) => {
          let isJson = true;
          try {
            JSON.parse(text);
          } catch {
            isJson = false;
          }
          expect(jsonMistake(text) === null).toBe(isJson);
        },
      ),
    );
  });

  it('does not run out of stack', () => {
    expect(jsonMistake('['.repeat(200_000))).not.toBeNull();
  });
});
