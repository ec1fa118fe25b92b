import { describe, expect, it } from 'vitest';
import { emptyReceiver, newChannel, receiverFormOf, receiverOf, withNewSecret } from './receiver-form-model.ts';

const night = { windows: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '22:00', to: '06:30' }], holidays: [], on_holidays: 'off' };

describe('the form of a receiver', () => {
  it('makes the document that the hub takes, and shows it again as it was', () => {
    const form = {
      ...emptyReceiver('Europe/Berlin'),
      newId: 'duty',
      hasQuietHours: true,
      quietTo: '06:30',
      channels: [{ ...newChannel('email', ''), address: ' a@example.org ' }],
    };
    const made = receiverOf(form);
    const body = {
      name: 'duty',
      enabled: true,
      channels: [{ kind: 'email', address: 'a@example.org' }],
      zone: 'Europe/Berlin',
      quiet_hours: night,
      max_per_hour: 30,
      group_wait_s: 5,
    };
    expect(made).toEqual({ kind: 'receiver', id: 'duty', body });
    expect(receiverOf(receiverFormOf({ id: 'duty', ...body }))).toEqual(made);
  });

  it('keeps quiet hours that it has no fields for', () => {
    const weekend = { ...night, windows: [{ days: [6, 7], from: '00:00', to: '00:00' }] };
    const form = receiverFormOf({ id: 'a', name: 'A', enabled: true, channels: [{ kind: 'log' }], quiet_hours: weekend });
    expect(receiverOf(form)).toMatchObject({ body: { quiet_hours: weekend } });
    expect(receiverOf({ ...form, hasQuietHours: false })).toMatchObject({ body: { quiet_hours: null } });
  });

  it('puts a new secret beside the old one, and never a third', () => {
    const once = withNewSecret(newChannel('webhook', 'whsec_1'), 'whsec_2');
    expect(once.secrets).toEqual(['whsec_2', 'whsec_1']);
    expect(withNewSecret(once, 'whsec_3').secrets).toEqual(['whsec_3', 'whsec_2']);
  });

  it.each([
    ['without an id', { newId: '' }],
    ['without a channel', { channels: [] }],
    ['with a mail without an address', { channels: [newChannel('email', '')] }],
    ['with a webhook without an address', { channels: [newChannel('webhook', 'whsec_1')] }],
    ['with no message in an hour', { maxPerHour: '0' }],
    ['with a wait that is none', { groupWait: 'x' }],
  ])('says what is wrong %s', (_name, more) => {
    const whole = { ...emptyReceiver('UTC'), newId: 'a', channels: [newChannel('log', '')] };
    expect(receiverOf({ ...whole, ...more }).kind).toBe('problem');
  });
});
