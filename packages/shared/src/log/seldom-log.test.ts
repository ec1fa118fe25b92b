import { describe, expect, it } from 'vitest';
import { FakeClock } from '../time/fake-clock.ts';
import type { Logger } from './logger.ts';
import { SeldomLog } from './seldom-log.ts';

function set(): { readonly clock: FakeClock; readonly seldom: SeldomLog; readonly lines: string[] } {
  const lines: string[] = [];
  const log = {
    warn: (fields: { leftOut: number }, text: string) => lines.push(`${text} +${fields.leftOut}`),
  } as unknown as Logger;
  const clock = new FakeClock();
  return { clock, seldom: new SeldomLog(clock, log), lines };
}

describe('SeldomLog', () => {
  it('says a thing at once, then every half minute with how often it was left out', () => {
    const { clock, seldom, lines } = set();
    for (let second = 0; second < 61; second += 1) {
      seldom.warn('a', {}, 'refused');
      clock.advance(1000);
    }
    expect(lines).toEqual(['refused +0', 'refused +29', 'refused +29']);
  });

  it('does not let one keep another from being heard', () => {
    const { seldom, lines } = set();
    for (const key of ['a', 'b', 'a']) seldom.warn(key, {}, key);
    expect(lines).toEqual(['a +0', 'b +0']);
  });

  it('keeps its memory small however many keys strangers invent, and forgets those that fell silent', () => {
    const { clock, seldom, lines } = set();
    for (let key = 0; key < 10_000; key += 1) seldom.warn(String(key), {}, 'stranger');
    expect(lines.length).toBe(501);
    clock.advance(60_000);
    seldom.warn('new', {}, 'newcomer');
    expect(lines.at(-1)).toBe('newcomer +0');
  });
});
