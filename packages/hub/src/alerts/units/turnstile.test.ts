import { describe, expect, it } from 'vitest';
import { Turnstile } from './turnstile.ts';

describe('the turnstile', () => {
  it('lets so many through at once, in the order in which they came, and goes on when one fails', async () => {
    const turnstile = new Turnstile(2);
    const entered: string[] = [];
    const leave = new Map<string, (how: 'well' | 'badly') => void>();
    const work = ['a', 'b', 'c', 'd'].map((name) =>
      turnstile
        .through(async () => {
          entered.push(name);
          if ((await new Promise<string>((done) => leave.set(name, done))) === 'badly') throw new Error(name);
        })
        .catch(() => entered.push(`${name} failed`)),
    );
    expect(entered).toEqual(['a', 'b']);
    leave.get('b')?.('badly');
    await work[1];
    expect(entered).toEqual(['a', 'b', 'c', 'b failed']);
    leave.get('a')?.('well');
    await work[0];
    expect(entered.at(-1)).toBe('d');
    leave.get('c')?.('well');
    leave.get('d')?.('well');
    await Promise.all(work);
    await turnstile.through(() => Promise.resolve(entered.push('e')));
    expect(entered.at(-1)).toBe('e');
  });
});
