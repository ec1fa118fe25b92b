import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter, type MeterToken } from './line-splitter.ts';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Tokens in short: a line as its text, a prompt as `<$>`, an overlong line as `<too long: bytes>`. */
function split(text: string, maxLineBytes?: number): string[] {
  return new LineSplitter(maxLineBytes).push(bytesOf(text)).map(short);
}

function short(token: MeterToken): string {
  if (token.kind === 'line') return token.text;
  return token.kind === 'prompt' ? '<$>' : `<too long: ${token.bytes}>`;
}

describe('LineSplitter', () => {
  it.each<[string, string, string[]]>([
    ['two lines of an answer', 'R+0000\r\nFull\r\n', ['R+0000', 'Full']],
    ['a prompt glued to the next answer', '$R+0000\r\n', ['<$>', 'R+0000']],
    ['a doubled prompt', '$$R+0000\r\n', ['<$>', '<$>', 'R+0000']],
    ['a prompt between the two lines', 'R+0000\r\n$On\r\n', ['R+0000', '<$>', 'On']],
    ['a dollar inside a line is data', 'a$b\r\n', ['a$b']],
    ['a lone LF', 'R+0000\nFull\n', ['R+0000', 'Full']],
    ['an empty line', '\r\n', ['']],
    ['a CR inside a line stays visible', 'a\rb\r\n', ['a\rb']],
    ['NUL and non-ASCII stay visible', 'a\0\u00e9\r\n', ['a\0\u00e9']],
    ['an unfinished line gives nothing', 'R+00', []],
  ])('%s', (_name, text, tokens) => {
    expect(split(text)).toEqual(tokens);
  });

  it('gives a lone prompt on an idle line at once', () => {
    expect(split('R+0000\r\n$')).toEqual(['R+0000', '<$>']);
  });

  it('waits for the LF when CR and LF come in separate chunks', () => {
    const splitter = new LineSplitter();
    expect(splitter.push(bytesOf('On\r'))).toEqual([]);
    expect(splitter.pendingBytes).toBe(3);
    expect(splitter.push(bytesOf('\n')).map(short)).toEqual(['On']);
    expect(splitter.pendingBytes).toBe(0);
  });

  it('throws a line away that passes the bound, says so, and reads the next', () => {
    expect(split(`${'x'.repeat(20)}\r\nOn\r\n`, 8)).toEqual(['<too long: 21>', 'On']);
    expect(split('1234567\r\nOn\r\n', 8)).toEqual(['1234567', 'On']);
  });

  it('forgets the unfinished line on reset', () => {
    const splitter = new LineSplitter();
    splitter.push(bytesOf('R+00'));
    splitter.reset();
    expect(splitter.push(bytesOf('Off\r\n')).map(short)).toEqual(['Off']);
  });

  it('gives the same tokens for every cut of every stream', () => {
    const byte = fc.oneof(fc.constantFrom(0x0d, 0x0a, 0x24, 0x52, 0x30), fc.nat(255));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 80 }), fc.array(fc.nat(80), { maxLength: 12 }), (stream, cuts) => {
        const bytes = Uint8Array.from(stream);
        const whole = new LineSplitter(16).push(bytes);
        const inParts = new LineSplitter(16);
        const edges = [0, ...cuts.filter((cut) => cut <= bytes.length).sort((a, b) => a - b), bytes.length];
        const parts = edges.slice(1).flatMap((end, index) => inParts.push(bytes.subarray(edges[index] ?? 0, end)));
        expect(parts).toEqual(whole);
      }),
    );
  });
});
