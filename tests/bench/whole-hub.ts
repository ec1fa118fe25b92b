/** The whole hub as it is deployed, in a process of its own: broker with rights, ingest, store, fleet, alerts, API. Neighbours: ingest-rate.ts, outage-drain.ts and overload.ts start it. */
import { readHubSettings, startHub } from '@slmm/hub';
import { createLogger } from '@slmm/shared';
import { onOrder, tell } from './child.ts';

const result = readHubSettings([], {
  SLMM_DATA_DIR: process.argv[2] ?? '',
  SLMM_AUTH: 'none',
  SLMM_HTTP_PORT: '0',
  SLMM_LOG_LEVEL: 'warn',
});
if (result.kind !== 'ok') throw new Error(JSON.stringify(result));
onOrder(() => undefined);
const hub = await startHub({ ...result.settings, mqttPort: 'ephemeral' }, { log: createLogger('hub', 'warn') });
tell({ kind: 'port', port: hub.mqttPort ?? 0, httpPort: hub.httpPort });
