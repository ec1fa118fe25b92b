import { expect, it } from 'vitest';
import { startLines } from './edge-start.ts';

it('starts an agent at the port on which the hub has its broker', () => {
  expect(startLines({ edge: 'site-7', secret: 's3', broker: { port: 1884, tls: false, url: null } }, 'hub.example.org')).toBe(
    [
      'SLMM_EDGE_ID=site-7 \\',
      '  SLMM_MQTT_URL=mqtt://hub.example.org:1884 \\',
      '  SLMM_MQTT_USERNAME=site-7 \\',
      "  SLMM_MQTT_PASSWORD='s3' \\",
      '  npx -y pnpm@12 exec slmm-edge',
    ].join('\n'),
  );
});

it('gives no secret of the hub to a broker that does not know it', () => {
  const lines = startLines(
    { edge: 'site-7', secret: 's3', broker: { port: null, tls: null, url: 'mqtts://broker:8883' } },
    'hub',
  );
  expect(lines).toContain('SLMM_MQTT_URL=mqtts://broker:8883 ');
  expect(lines).not.toContain('s3');
});
