import { describe, expect, it } from 'vitest';
import { databasePlaces, type HubSettings, isLoopback, readHubSettings } from './settings.ts';

const read = (environment: Record<string, string> = {}, flags: string[] = []): HubSettings => {
  const result = readHubSettings(flags, environment);
  if (result.kind !== 'ok') throw new Error(JSON.stringify(result));
  return result.settings;
};
const mistakes = (environment: Record<string, string>, flags: string[] = []): readonly string[] => {
  const result = readHubSettings(flags, environment);
  return result.kind === 'mistakes' ? result.mistakes : [];
};

describe('settings of the hub', () => {
  it('have the defaults of the contract', () => {
    expect(read()).toMatchObject({
      httpHost: '127.0.0.1',
      httpPort: 8100,
      mqttHost: '127.0.0.1',
      mqttPort: 1883,
      mqttUrl: null,
      databaseUrl: null,
      dataDir: './data',
      logLevel: 'info',
      auth: 'required',
      authInsecure: false,
      adminToken: null,
      timezone: 'UTC',
    });
  });

  it('come from environment and flags, and leave the names of other programs alone', () => {
    const settings = read({ SLMM_HTTP_PORT: '9000', SLMM_EDGE_ID: 'demo', SLMM_UPLINK: 'live' }, [
      '--mqtt-port',
      '1999',
      '--timezone=Europe/Berlin',
    ]);
    expect([settings.httpPort, settings.mqttPort, settings.timezone]).toEqual([9000, 1999, 'Europe/Berlin']);
  });

  it('are refused all at once', () => {
    const found = mistakes({
      SLMM_HTTP_PORT: '70000',
      SLMM_MQTT_PORT: 'x',
      SLMM_MQTT_URL: 'mqtt://hub:secret@broker',
      SLMM_DATABASE_URL: 'mysql://x',
      SLMM_AUTH: 'maybe',
      SLMM_TIMEZONE: 'Mars/Olympus',
      SLMM_NO_SUCH: '1',
    });
    for (const name of ['HTTP_PORT', 'MQTT_PORT', 'MQTT_URL', 'DATABASE_URL', 'AUTH', 'TIMEZONE', 'NO_SUCH'])
      expect(found.some((line) => line.startsWith(`SLMM_${name}: `))).toBe(true);
    expect(found.length).toBe(7);
  });

  it('open the doors to everybody on loopback only, unless somebody insists', () => {
    expect(mistakes({ SLMM_AUTH: 'none' })).toEqual([]);
    expect(mistakes({ SLMM_AUTH: 'none', SLMM_HTTP_HOST: '0.0.0.0' })[0]).toContain('SLMM_HTTP_HOST=0.0.0.0');
    expect(mistakes({ SLMM_AUTH: 'none', SLMM_MQTT_HOST: '::' })[0]).toContain('SLMM_MQTT_HOST=::');
    expect(mistakes({ SLMM_AUTH: 'none', SLMM_HTTP_HOST: '0.0.0.0', SLMM_AUTH_INSECURE: 'yes' })).toEqual([]);
    expect(mistakes({ SLMM_AUTH: 'none', SLMM_MQTT_HOST: '0.0.0.0', SLMM_MQTT_URL: 'mqtt://broker:1883' })).toEqual([]);
  });

  it('need some broker', () => {
    expect(mistakes({ SLMM_MQTT_PORT: '0' })[0]).toContain('SLMM_MQTT_URL');
    expect(mistakes({ SLMM_MQTT_PORT: '0', SLMM_MQTT_URL: 'mqtts://broker:8883' })).toEqual([]);
    expect(mistakes({ SLMM_MQTT_USERNAME: 'hub' })[0]).toContain('set SLMM_MQTT_URL too');
  });

  it('want a certificate with its key, and one of the broker only where it is ours', () => {
    expect(mistakes({ SLMM_HTTP_TLS_CERT: 'a.pem' })[0]).toContain('SLMM_HTTP_TLS_KEY go together');
    expect(mistakes({ SLMM_MQTT_TLS_KEY: 'a.pem' })[0]).toContain('SLMM_MQTT_TLS_KEY go together');
    const both = { SLMM_MQTT_TLS_CERT: 'a.pem', SLMM_MQTT_TLS_KEY: 'b.pem' };
    expect(mistakes(both)).toEqual([]);
    expect(mistakes({ ...both, SLMM_MQTT_URL: 'mqtts://broker' })[0]).toContain('belongs to the embedded broker');
  });

  it('do not take secrets from the command line', () => {
    expect(mistakes({}, ['--admin-token', 'x'])[0]).toContain('SLMM_ADMIN_TOKEN');
  });

  it('say where things are kept', () => {
    expect(databasePlaces({ databaseUrl: null, dataDir: '/d' })).toEqual({
      kind: 'sqlite',
      configFile: '/d/hub.db',
      readingsFile: '/d/readings.db',
    });
    expect(databasePlaces({ databaseUrl: 'file:/x/slmm.db', dataDir: '/d' })).toEqual({
      kind: 'sqlite',
      configFile: '/x/slmm.db',
      readingsFile: '/x/slmm-readings.db',
    });
    expect(databasePlaces({ databaseUrl: 'file:///x/slmm', dataDir: '/d' })).toMatchObject({
      configFile: '/x/slmm',
      readingsFile: '/x/slmm-readings',
    });
    expect(databasePlaces({ databaseUrl: 'postgresql://u@h/db', dataDir: '/d' })).toEqual({
      kind: 'postgres',
      url: 'postgresql://u@h/db',
    });
  });

  it('know the addresses that only this machine reaches', () => {
    expect(['127.0.0.1', '127.1.2.3', '::1', 'localhost'].every(isLoopback)).toBe(true);
    expect(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.nip.io', '127.evil.test', '', 'example.org'].some(isLoopback)).toBe(false);
  });
});
