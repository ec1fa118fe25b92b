/**
 * The `SLMM_…` names of the contract (section 7), of all programs together: programs that share one environment tolerate each other's names, and still find typos.
 * A program's own further settings begin with its name (`SLMM_EDGE_…`, `SLMM_SIM_…`).
 */
export const CONTRACT_NAMES: readonly string[] = [
  'SLMM_HTTP_HOST',
  'SLMM_HTTP_PORT',
  'SLMM_MQTT_HOST',
  'SLMM_MQTT_PORT',
  'SLMM_MQTT_URL',
  'SLMM_MQTT_USERNAME',
  'SLMM_MQTT_PASSWORD',
  'SLMM_DATABASE_URL',
  'SLMM_DATA_DIR',
  'SLMM_LOG_LEVEL',
  'SLMM_AUTH',
  'SLMM_AUTH_INSECURE',
  'SLMM_ADMIN_TOKEN',
  'SLMM_TIMEZONE',
  'SLMM_EDGE_ID',
  'SLMM_UPLINK',
];
