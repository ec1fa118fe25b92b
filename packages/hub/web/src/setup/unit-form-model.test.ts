import { describe, expect, it } from 'vitest';
import { unitFormOf } from './unit-form-model.ts';

const FILLED = new Map([
  ['host', ' 192.168.1.10 '],
  ['tcp_port', '2255'],
  ['acquisition', 'drd'],
  ['poll_interval_seconds', '60'],
  ['ftp_port', '21'],
  ['tcp_enabled', 'on'],
]);

describe('unitFormOf', () => {
  it('takes numbers as numbers and boxes that are not ticked as off', () => {
    expect(unitFormOf(FILLED)).toEqual({
      host: '192.168.1.10',
      tcp_port: 2255,
      acquisition: 'drd',
      poll_interval_seconds: 60,
      ftp_port: 21,
      tcp_enabled: true,
      monitor_enabled: false,
      ftp_enabled: false,
    });
  });

  it('leaves alone what was left empty, a password above all', () => {
    const form = unitFormOf(new Map([...FILLED, ['ftp_password', ''], ['edge_id', 'site-7'], ['timezone', ' ']]));
    expect(form).toMatchObject({ edge_id: 'site-7' });
    expect(Object.keys(form)).not.toContain('ftp_password');
    expect(Object.keys(form)).not.toContain('timezone');
  });
});
