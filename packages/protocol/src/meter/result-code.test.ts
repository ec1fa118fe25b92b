import { describe, expect, it } from 'vitest';
import { describeResultCode, parseResultCode } from './result-code.ts';

describe('parseResultCode', () => {
  it('knows the five documented codes and their sentences', () => {
    const kinds = ['0000', '0001', '0002', '0003', '0004'].map((digits) => parseResultCode(`R+${digits}`));
    expect(kinds.map((code) => code?.kind)).toEqual(['ok', 'error', 'error', 'error', 'error']);
    expect(new Set(kinds.map((code) => code && describeResultCode(code))).size).toBe(5);
  });

  it('keeps a code nobody documented', () => {
    const code = parseResultCode('R+0815');
    expect(code).toEqual({ kind: 'unknown', code: '0815' });
    expect(code && describeResultCode(code)).toContain('R+0815');
  });

  it.each(['', 'R+00', 'R+00000', '$R+0000', 'r+0000', 'R+0000 ', 'R-0000', 'On', 'R+00\u00300x'])('refuses %j', (line) => {
    expect(parseResultCode(line)).toBeNull();
  });
});
