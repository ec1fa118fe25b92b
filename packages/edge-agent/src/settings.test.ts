import { CONTRACT_NAMES } from '@slmm/shared';
import { describe, expect, it } from 'vitest';
import { readEdgeSettings } from './settings.ts';

const NEEDED = { SLMM_EDGE_ID: 'site-1', SLMM_MQTT_URL: 'mqtt://127.0.0.1:1883' };

describe('settings of the edge', () => {
  it('need a name and a broker, and have defaults for the rest', () => {
    expect(readEdgeSettings([], NEEDED)).toMatchObject({
      kind: 'ok',
      settings: { edgeId: 'site-1', uplink: 'live', dataDir: './data', mqttUsername: null, edgeJournalMb: 2048, edgeSyncMs: 20 },
    });
  });

  it('tell all mistakes at once', () => {
    const result = readEdgeSettings(['--uplnk', 'live'], {
      SLMM_MQTT_URL: 'http://hub',
      SLMM_UPLINK: 'fast',
      SLMM_EDGE_SYNC_MS: '5000',
      SLMM_EGDE_ID: 'x',
    });
    expect(result.kind === 'mistakes' && result.mistakes.map((mistake) => mistake.split(':')[0])).toEqual([
      'SLMM_EGDE_ID',
      '--uplnk',
      'SLMM_EDGE_ID',
      'SLMM_MQTT_URL',
      'SLMM_UPLINK',
      'SLMM_EDGE_SYNC_MS',
    ]);
  });

  it.each(['mqtt://user:secret@hub', 'ftp://hub', 'hub:1883', 'mqtt://'])('refuse %s as a broker', (url) => {
    expect(readEdgeSettings([], { ...NEEDED, SLMM_MQTT_URL: url }).kind).toBe('mistakes');
  });

  it.each(['hub', 'a/b', '', '../x', 'a b', '+'])('refuse %j as a name', (id) => {
    expect(readEdgeSettings(['--edge-id', id], { SLMM_MQTT_URL: NEEDED.SLMM_MQTT_URL }).kind).toBe('mistakes');
  });

  it('tolerate the names of all programs, and do not take a secret from a flag', () => {
    const others = Object.fromEntries(
      CONTRACT_NAMES.filter((name) => !(name in NEEDED) && name !== 'SLMM_UPLINK' && name !== 'SLMM_LOG_LEVEL').map((name) => [
        name,
        'x',
      ]),
    );
    expect(readEdgeSettings([], { ...others, ...NEEDED, SLMM_SIM_PORT: '1' }).kind).toBe('ok');
    expect(readEdgeSettings(['--mqtt-password', 'x'], NEEDED).kind).toBe('mistakes');
  });

  it("take units of the agent's own, with what an NL-43 usually has", () => {
    const units = JSON.stringify([
      { unit: 'NL43-07', host: '192.168.8.27' },
      { unit: 'NL43-08', host: 'meter', port: 80, ftp: null },
    ]);
    const result = readEdgeSettings([], { ...NEEDED, SLMM_EDGE_UNITS: units });
    expect(result.kind === 'ok' && result.settings.edgeUnits).toEqual([
      {
        unit: 'NL43-07',
        host: '192.168.8.27',
        port: 2255,
        enabled: true,
        acquisition: 'dod',
        poll_interval_s: 0,
        ftp: { enabled: true, port: 21, user: 'USER', password: '0000' },
      },
      { unit: 'NL43-08', host: 'meter', port: 80, enabled: true, acquisition: 'dod', poll_interval_s: 0, ftp: null },
    ]);
  });

  it.each([
    ['no list', '{', 'expected a list of units'],
    ['a unit twice', '[{"unit":"a","host":"h"},{"unit":"a","host":"i"}]', 'twice'],
    ['a misspelt field', '[{"unit":"a","host":"h","prot":1}]', 'prot'],
    ['a bad host', '[{"unit":"a","host":"h\\r\\n"}]', '0: host: expected a host name'],
  ])('refuse %s', (_name, units, says) => {
    const result = readEdgeSettings([], { ...NEEDED, SLMM_EDGE_UNITS: units });
    expect(result.kind === 'mistakes' && result.mistakes).toEqual([expect.stringContaining(says)]);
  });

  it('leave the relay off unless it is set up, whole and in one way', () => {
    const mistakes = (more: Record<string, string>) => {
      const result = readEdgeSettings([], { ...NEEDED, ...more });
      return result.kind === 'mistakes' ? result.mistakes.map((mistake) => mistake.split(':')[0]) : [];
    };
    expect(readEdgeSettings([], NEEDED)).toMatchObject({
      settings: { edgeRelayCommand: null, edgeRelayUrl: null, edgeRelayWhileMeasuring: false, edgeRelayEveryMin: 360 },
    });
    expect(mistakes({ SLMM_EDGE_RELAY_URL: 'mqtt://127.0.0.1' })).toEqual(['SLMM_EDGE_RELAY_TOPIC']);
    expect(mistakes({ SLMM_EDGE_RELAY_URL: 'mqtt://127.0.0.1', SLMM_EDGE_RELAY_TOPIC: 'relay/#' })).toEqual([
      'SLMM_EDGE_RELAY_TOPIC',
    ]);
    expect(
      mistakes({
        SLMM_EDGE_RELAY_URL: 'mqtt://127.0.0.1',
        SLMM_EDGE_RELAY_TOPIC: 'relay/{unit}',
        SLMM_EDGE_RELAY_COMMAND: '/usr/local/bin/cycle {unit}',
      }),
    ).toEqual(['SLMM_EDGE_RELAY_COMMAND']);
    expect(
      mistakes({ SLMM_EDGE_RELAY_COMMAND: '/usr/local/bin/cycle {unit}', SLMM_EDGE_RELAY_WHILE_MEASURING: 'maybe' }),
    ).toEqual(['SLMM_EDGE_RELAY_WHILE_MEASURING']);
  });

  it('answer --help', () => {
    expect(readEdgeSettings(['--help'], {})).toMatchObject({ kind: 'help', text: expect.stringContaining('SLMM_EDGE_ID') });
  });
});
