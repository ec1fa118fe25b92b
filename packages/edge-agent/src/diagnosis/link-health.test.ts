import { describe, expect, it } from 'vitest';
import type { FailureCause } from '../meter-session/exchange.ts';
import { afterFailure, afterGood, afterProbe, type LinkHealth, UNKNOWN_LINK, wantsProbe } from './link-health.ts';

const fail = (health: LinkHealth, ...causes: FailureCause[]): LinkHealth =>
  causes.reduce((now, cause, index) => afterFailure(now, cause, `the meter failed by ${cause}`, 1000 + index), health);

const OK = afterGood(UNKNOWN_LINK, 500);

describe('the health of a link', () => {
  it('stays ok through two failures and is unreachable with the third, with its cause', () => {
    const two = fail(OK, 'timeout', 'timeout');
    expect([two.link, two.reachable, two.failures]).toEqual(['ok', true, 2]);
    const three = fail(OK, 'timeout', 'timeout', 'timeout');
    expect(three).toMatchObject({ link: 'timeout', reachable: false, failures: 3, sinceMs: 1002, lastOkMs: 500 });
    expect(three.reason).toContain('power and network');
  });

  it.each<[string, FailureCause, boolean, string]>([
    ['a refused connection', 'refused', false, 'refused'],
    ['a connection that is closed at once', 'closed', false, 'refused'],
    ['no way there', 'unreachable', false, 'timeout'],
    ['silence', 'timeout', false, 'timeout'],
    ['silence of a meter with Sleep Mode on', 'timeout', true, 'asleep'],
    ['answers that cannot be understood', 'garbled', false, 'garbled'],
  ])('calls %s what it is', (_name, cause, mayBeAsleep, link) => {
    expect(fail({ ...OK, mayBeAsleep }, cause, cause, cause).link).toBe(link);
  });

  it('is whole again with one good answer', () => {
    expect(afterGood(fail(OK, 'timeout', 'timeout', 'timeout'), 9000)).toMatchObject({
      link: 'ok',
      reachable: true,
      failures: 0,
      reason: null,
      sinceMs: 9000,
    });
  });

  it('keeps the beginning of a good time through single failures', () => {
    expect(afterGood(fail(OK, 'timeout'), 9000).sinceMs).toBe(500);
  });

  it('wants a look at the other port only after three refusals, and rarely', () => {
    expect(wantsProbe(fail(OK, 'refused', 'refused'), 0)).toBe(false);
    expect(wantsProbe(fail(OK, 'refused', 'timeout', 'refused'), 0)).toBe(false);
    const refused = fail(OK, 'refused', 'refused', 'refused');
    expect(wantsProbe(refused, 0)).toBe(true);
    expect(wantsProbe({ ...refused, probedAtMs: 0 }, 299_999)).toBe(false);
    expect(wantsProbe({ ...refused, probedAtMs: 0 }, 300_000)).toBe(true);
  });

  it('is wedged when the control port refuses and the FTP port answers, until the control port answers', () => {
    const wedged = afterProbe(fail(OK, 'refused', 'refused', 'refused'), 'open', 5000);
    expect(wedged).toMatchObject({ link: 'wedged', reachable: false, sinceMs: 5000 });
    expect(wedged.reason).toContain('Switch the meter off and on');
    expect(fail(wedged, 'refused').link).toBe('wedged');
    expect(fail(wedged, 'timeout').link).toBe('timeout');
    expect(afterGood(wedged, 6000).link).toBe('ok');
  });

  it.each(['refused', 'silent'] as const)('is not wedged when the other port is %s too', (answer) => {
    expect(afterProbe(fail(OK, 'refused', 'refused', 'refused'), answer, 5000).link).toBe('refused');
  });

  it('ignores a look at the other port that comes after the meter has answered', () => {
    expect(afterProbe(OK, 'open', 5000)).toEqual(OK);
  });
});
