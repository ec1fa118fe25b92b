import { describe, expect, it } from 'vitest';
import { isPublicAddress } from './address-guard.ts';
import { nextAttemptMs, signWebhook } from './standard-webhook.ts';

describe('webhooks', () => {
  it('signs as the specification says', () => {
    // Known answer of the Standard Webhooks specification's reference libraries.
    const headers = signWebhook('msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_000, '{"test": 2432232314}', [
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    ]);
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
    expect(headers['webhook-timestamp']).toBe('1614265330');
  });

  it('signs with both secrets while one replaces the other', () => {
    const one = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    expect(signWebhook('m', 0, '', [one, `${one}AAAA`])['webhook-signature'].split(' ')).toHaveLength(2);
  });

  it('tries ten times over three days, then gives up', () => {
    const delays = Array.from({ length: 11 }, (_, attempts) => nextAttemptMs(attempts, 0, 0, null));
    expect(delays.slice(0, 4)).toEqual([0, 5000, 300_000, 1_800_000]);
    expect(delays[10]).toBeNull();
  });

  it('honours Retry-After up to a day', () => {
    expect(nextAttemptMs(1, 0, 0, 60)).toBe(60_000);
    expect(nextAttemptMs(1, 0, 0, 1e9)).toBe(86_400_000);
  });

  it.each([
    '127.0.0.1',
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '192.168.1.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '::7f00:1',
    'fe80::1%eth0',
    'fec0::1',
    '2001:db8::1',
    '3fff::1',
    '4000::1',
    'ff02::1',
    'localhost',
    '',
    '1.2.3',
  ])('keeps webhooks away from %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['8.8.8.8', '93.184.216.34', '2606:2800:220:1::1'])('lets webhooks reach %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});
