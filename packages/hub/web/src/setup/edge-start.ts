import type { EnrolledEdge } from './setup-api.ts';

/** The lines that start an agent beside the meters, as a shell takes them. `host`: under which this page reaches the hub. */
export function startLines({ edge, secret, broker }: EnrolledEdge, host: string): string {
  return [
    `SLMM_EDGE_ID=${edge}`,
    `SLMM_MQTT_URL=${broker.url ?? `${broker.tls === true ? 'mqtts' : 'mqtt'}://${host}:${broker.port ?? 1883}`}`,
    `SLMM_MQTT_USERNAME=${edge}`,
    `SLMM_MQTT_PASSWORD='${broker.url === null ? secret : '…'}'`,
    'npx -y pnpm@12 exec slmm-edge',
  ].join(' \\\n  ');
}
