import { describe, expect, it } from 'vitest';
import type { FailureCause } from '../meter-session/exchange.ts';
import {
  afterFailure,
  afterGood,
  afterLook,
  type LinkHealth,
  linkOf,
  looking,
  type Look,
  UNKNOWN_LINK,
  wantsLook,
  withSetting,
} from './link-health.ts';

const fail = (health: LinkHealth, ...causes: FailureCause[]): LinkHealth =>
  causes.reduce((now, cause, index) => afterFailure(now, cause, `the meter failed by ${cause}`, 1000 + index), health);
const thrice = (health: LinkHealth, cause: FailureCause): LinkHealth => fail(health, cause, cause, cause);
const look = (health: LinkHealth, answer: Look): LinkHealth => afterLook(looking(health, 0), answer, 5000);

const OK = afterGood(UNKNOWN_LINK, 500);

describe('the health of a link', () => {
  it('stays ok through two failures and is unreachable with the third, with its cause', () => {
    const two = fail(OK, 'timeout', 'timeout');
    expect([linkOf(two), two.reachable, two.failures]).toEqual(['ok', true, 2]);
    const three = thrice(OK, 'timeout');
    expect(three).toMatchObject({ cause: 'no-answer', reachable: false, failures: 3, sinceMs: 1002, lastOkMs: 500 });
    expect(three.reason).toContain('power and network');
  });

  it('is unreachable with the second failure where the first was a while ago, as after a wedge, when it is tried rarely', () => {
    const one = afterFailure(OK, 'closed', 'hung up', 1000);
    expect(afterFailure(one, 'refused', 'refused', 20_999).reachable).toBe(true);
    expect(afterFailure(one, 'refused', 'refused', 21_000)).toMatchObject({ reachable: false, cause: 'refused', failures: 2 });
    expect(afterFailure(afterGood(one, 2000), 'refused', 'refused', 60_000).reachable).toBe(true);
  });

  it.each<[string, FailureCause, Partial<LinkHealth>, string, string]>([
    ['a refused connection', 'refused', {}, 'refused', 'refused'],
    ['a connection that is closed at once', 'closed', {}, 'hung-up', 'refused'],
    ['no way there', 'unreachable', {}, 'no-route', 'timeout'],
    ['silence on a connection', 'timeout', {}, 'no-answer', 'timeout'],
    ['a connection that nobody takes', 'unanswered', {}, 'no-answer', 'timeout'],
    ['silence of a meter with Sleep Mode on', 'timeout', { sleepMode: true }, 'asleep', 'asleep'],
    ['no connection to a meter with Sleep Mode on', 'unanswered', { sleepMode: true }, 'asleep', 'asleep'],
    ['answers that cannot be understood', 'garbled', {}, 'out-of-step', 'garbled'],
  ])('calls %s what it is', (_name, failure, known, cause, link) => {
    const health = thrice({ ...OK, ...known }, failure);
    expect([health.cause, linkOf(health)]).toEqual([cause, link]);
    expect(health.reason).toMatch(/^The meter failed by [a-z]+[,.] .*\.$/);
  });

  it.each<[string, FailureCause, Look, Partial<LinkHealth>, string, string]>([
    ['refuses while FTP answers', 'refused', 'open', {}, 'wedged', 'wedged'],
    ['refuses as FTP does, which was on', 'refused', 'refused', { ftpOn: true }, 'web-app', 'refused'],
    ['refuses as FTP does, which was off', 'refused', 'refused', { ftpOn: false }, 'refused', 'refused'],
    ['refuses while FTP is silent', 'refused', 'silent', {}, 'refused', 'refused'],
    ['takes no connection while FTP answers', 'unanswered', 'open', {}, 'slot-held', 'timeout'],
    ['takes no connection while FTP refuses', 'unanswered', 'refused', { sleepMode: true }, 'slot-held', 'timeout'],
    ['takes no connection while FTP is silent', 'unanswered', 'silent', {}, 'no-answer', 'timeout'],
    ['takes no connection while FTP is silent, and may sleep', 'unanswered', 'silent', { sleepMode: true }, 'asleep', 'asleep'],
  ])('tells a meter that %s', (_name, failure, answer, known, cause, link) => {
    const health = look(thrice({ ...OK, ...known }, failure), answer);
    expect([health.cause, linkOf(health)]).toEqual([cause, link]);
  });

  it('is whole again with one good answer', () => {
    const good = afterGood(look(thrice(OK, 'refused'), 'open'), 9000);
    expect(good).toMatchObject({ cause: null, reachable: true, failures: 0, reason: null, sinceMs: 9000, look: null });
    expect(linkOf(good)).toBe('ok');
  });

  it('keeps the beginning of a good time through single failures, and that of a bad one through its later ones', () => {
    expect(afterGood(fail(OK, 'timeout'), 9000).sinceMs).toBe(500);
    expect(afterFailure(thrice(OK, 'timeout'), 'timeout', 'again', 9000).sinceMs).toBe(1002);
  });

  it('wants a look at the other port only after three refusals or three connections that nobody took, and rarely', () => {
    expect(wantsLook(fail(OK, 'refused', 'refused'), 0)).toBe(false);
    expect(wantsLook(fail(OK, 'refused', 'timeout', 'refused'), 0)).toBe(false);
    expect(wantsLook(thrice(OK, 'timeout'), 0)).toBe(false);
    expect(wantsLook(thrice(OK, 'unanswered'), 0)).toBe(true);
    const refused = thrice(OK, 'refused');
    expect(wantsLook(refused, 0)).toBe(true);
    expect(wantsLook(looking(refused, 0), 299_999)).toBe(false);
    expect(wantsLook(looking(refused, 0), 300_000)).toBe(true);
  });

  it('stays wedged while the control port refuses, also while somebody looks again, and no longer', () => {
    const wedged = look(thrice(OK, 'refused'), 'open');
    expect(wedged).toMatchObject({ cause: 'wedged', reachable: false, sinceMs: 5000 });
    expect(wedged.reason).toContain('Switch the meter off and on');
    expect(fail(wedged, 'refused').cause).toBe('wedged');
    expect(fail(looking(wedged, 300_000), 'refused').cause).toBe('wedged');
    expect(fail(wedged, 'timeout').cause).toBe('no-answer');
    expect(look(wedged, 'refused').cause).toBe('refused');
  });

  it('ignores a look at the other port that comes after the meter has answered', () => {
    expect(afterLook(OK, 'open', 5000)).toEqual(OK);
  });

  it('keeps what was read of Sleep Mode and FTP over good answers and bad ones', () => {
    const health = withSetting(withSetting(OK, 'sleepMode', true), 'ftpOn', false);
    expect(afterGood(thrice(health, 'timeout'), 9000)).toMatchObject({ sleepMode: true, ftpOn: false });
  });
});
