import { CONTRACT_NAMES } from '@slmm/shared';
import { describe, expect, it } from 'vitest';
import { readEdgeSettings } from './settings.ts';

const NEEDED = { SLMM_EDGE_ID: 'site-1', SLMM_MQTT_URL: 'mqtt://127.0.0.1:1883' };

describe('settings of the edge', () => {
  it('need a name and a broker, and have defaults for the rest', () => {
    expect(readEdgeSettings([], NEEDED)).toMatchObject({
      kind: 'ok',
      settings: { edgeId: 'site-1', uplink: 'live', dataDir: './data', mqttUsername: null, edgeJournalMb: 2048, edgeSyncMs: 50 },
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

  it('answer --help', () => {
    expect(readEdgeSettings(['--help'], {})).toMatchObject({ kind: 'help', text: expect.stringContaining('SLMM_EDGE_ID') });
  });
});
