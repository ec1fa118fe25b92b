import { describe, expect, it } from 'vitest';
import { parseListLine } from './list-line.ts';

const NOW = Date.UTC(2027, 0, 2, 10, 0);
const line = (rest: string): string => `-rw-rw-rw-   1 root  root ${rest}`;

describe('a line of LIST', () => {
  it('keeps a name as it is, spaces included', () => {
    expect(parseListLine(line('     51233 Jan 14 09:15 NL_0001_SLM_Lp _0019_0001.rnd'), NOW)).toMatchObject({
      name: 'NL_0001_SLM_Lp _0019_0001.rnd',
      sizeBytes: 51_233,
      isFolder: false,
    });
    expect(parseListLine(line('        87 Jan  1 09:15  two  spaces '), NOW)?.name).toBe(' two  spaces ');
  });

  it('knows a date without a year across New Year, and one with it', () => {
    const at = (text: string): string | null => {
      const ms = parseListLine(line(`         1 ${text} x`), NOW)?.modifiedNaiveMs ?? null;
      return ms === null ? null : new Date(ms).toISOString().slice(0, 16);
    };
    expect(at('Dec 31 22:15')).toBe('2026-12-31T22:15');
    expect(at('Jan  2 09:59')).toBe('2027-01-02T09:59');
    expect(at('Jan  3 11:00')).toBe('2027-01-03T11:00');
    expect(at('Jan 14  2026')).toBe('2026-01-14T00:00');
    expect(at('Feb 29 12:00')).toBe('2024-02-29T12:00');
    expect(at('Feb 30  2026')).toBeNull();
  });

  it.each(['', 'total 4', 'drwxrwxrwx', line('12 Jan 14 09:15 .'), line('12 Jan 14 09:15 a/b'), '02-14-26 09:15AM <DIR> NL-43'])(
    'is nothing when it is %j',
    (text) => {
      expect(parseListLine(text, NOW)).toBeNull();
    },
  );
});
