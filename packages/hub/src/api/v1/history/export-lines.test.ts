import { describe, expect, it } from 'vitest';
import { csvLine, ndjsonLine } from './export-lines.ts';

describe('csvLine', () => {
  it('writes numbers as they are, also negative ones, and nothing for nothing', () => {
    expect(csvLine([-3.5, 62.1, null, true, false, 'NL43-01'])).toBe('-3.5,62.1,,1,0,NL43-01\r\n');
  });

  it('quotes what would break a row', () => {
    expect(csvLine(['a,b', 'say "hush"', 'two\nlines'])).toBe('"a,b","say ""hush""","two\nlines"\r\n');
  });

  it('lets no text be a formula', () => {
    expect(csvLine(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '=HYPERLINK("x","y")'])).toBe(
      `'=1+1,'+1,'-1,'@SUM(A1),'\tx,"'=HYPERLINK(""x"",""y"")"\r\n`,
    );
  });
});

describe('ndjsonLine', () => {
  it('is one object a line', () => {
    expect(ndjsonLine(['start', 'leq', 'over'], ['2026-06-01T00:00:00.000Z', null, false])).toBe(
      '{"start":"2026-06-01T00:00:00.000Z","leq":null,"over":false}\n',
    );
  });
});
