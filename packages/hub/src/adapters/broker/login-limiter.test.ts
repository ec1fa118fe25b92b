import { describe, expect, it } from 'vitest';
import { LoginLimiter } from './login-limiter.ts';

describe('LoginLimiter', () => {
  const limiter = (keys = 100): LoginLimiter => new LoginLimiter({ failures: 3, windowMs: 1_000, keys });

  it('blocks a key after its failures and lets it try again when they are old', () => {
    const limit = limiter();
    for (const nowMs of [0, 100, 200]) {
      expect(limit.isBlocked('a', nowMs)).toBe(false);
      limit.failed('a', nowMs);
    }
    expect(limit.isBlocked('a', 1_199)).toBe(true);
    expect(limit.isBlocked('b', 1_199)).toBe(false);
    expect(limit.isBlocked('a', 1_200)).toBe(false);
  });

  it('forgets failures after a good login', () => {
    const limit = limiter();
    limit.failed('a', 0);
    limit.failed('a', 0);
    limit.succeeded('a');
    limit.failed('a', 1);
    expect(limit.isBlocked('a', 2)).toBe(false);
  });

  it('remembers no more keys than it may, and forgets the one that failed longest ago', () => {
    const limit = limiter(2);
    for (const key of ['a', 'a', 'a', 'b', 'b', 'b', 'c']) limit.failed(key, 0);
    expect(limit.isBlocked('a', 1)).toBe(false);
    expect(limit.isBlocked('b', 1)).toBe(true);
  });
});
