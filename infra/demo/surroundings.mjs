// What the environment says, and what of it goes to which program: each one refuses settings that are not its own.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Which settings go where: those named after a program go to that one, a few to none, every other to the hub, which says when it does not know one. */
const isForEdge = (name) => (name.startsWith('SLMM_EDGE_') && name !== 'SLMM_EDGE_ID') || name === 'SLMM_UPLINK';
const isForSimulator = (name) => name.startsWith('SLMM_SIM_');
const isForNobody = (name) => ['SLMM_EDGE_ID', 'SLMM_CONFIG', 'SLMM_CI', 'SLMM_SCREENSHOTS'].includes(name);

/** Reads the contract's names (architecture section 7). Says all that is wrong at once by throwing one sentence. */
export function readSurroundings(environment, root) {
  const httpHost = environment['SLMM_HTTP_HOST'] || '127.0.0.1';
  const mqttHost = environment['SLMM_MQTT_HOST'] || '127.0.0.1';
  const httpPort = portOf(environment, 'SLMM_HTTP_PORT', 8100);
  const mqttPort = portOf(environment, 'SLMM_MQTT_PORT', 1883);
  const externalUrl = environment['SLMM_MQTT_URL'] || null;
  if (externalUrl === null && mqttPort === 0)
    throw new Error('SLMM_MQTT_PORT=0 turns the embedded broker off: then SLMM_MQTT_URL must name another one.');
  if (httpPort === 0) throw new Error('SLMM_HTTP_PORT=0 would hide the page: choose a port.');
  const dataDir = resolve(root, environment['SLMM_DATA_DIR'] || 'data');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });

  const only = (isWanted) => Object.fromEntries(Object.entries(environment).filter(([name]) => isWanted(name)));
  const bare = only((name) => !name.startsWith('SLMM_'));
  const logLevel = environment['SLMM_LOG_LEVEL'] || 'info';
  const forHub = {
    ...bare,
    ...only((name) => name.startsWith('SLMM_') && !isForEdge(name) && !isForSimulator(name) && !isForNobody(name)),
    SLMM_LOG_LEVEL: logLevel,
    SLMM_DATA_DIR: dataDir,
    SLMM_HTTP_HOST: httpHost,
    SLMM_HTTP_PORT: String(httpPort),
    SLMM_MQTT_HOST: mqttHost,
    SLMM_MQTT_PORT: String(mqttPort),
  };
  return {
    dataDir,
    needsToken: environment['SLMM_AUTH'] !== 'none',
    adminToken: environment['SLMM_ADMIN_TOKEN'] || null,
    address: `http://${reachable(httpHost)}:${httpPort}`,
    broker: externalUrl === null ? { host: reachable(mqttHost), port: mqttPort } : null,
    ports: [
      { host: httpHost, port: httpPort, variable: 'SLMM_HTTP_PORT', hostVariable: 'SLMM_HTTP_HOST' },
      ...(externalUrl === null
        ? [{ host: mqttHost, port: mqttPort, variable: 'SLMM_MQTT_PORT', hostVariable: 'SLMM_MQTT_HOST' }]
        : []),
    ],
    forHub,
    forEdge: (edge, secret) => ({
      ...bare,
      ...only(isForEdge),
      SLMM_LOG_LEVEL: logLevel,
      SLMM_DATA_DIR: dataDir,
      SLMM_EDGE_ID: edge,
      SLMM_MQTT_URL: externalUrl ?? `mqtt://${reachable(mqttHost)}:${mqttPort}`,
      SLMM_MQTT_USERNAME: externalUrl === null ? edge : (environment['SLMM_MQTT_USERNAME'] ?? edge),
      SLMM_MQTT_PASSWORD: externalUrl === null ? secret : (environment['SLMM_MQTT_PASSWORD'] ?? secret),
    }),
    forSimulator: { ...bare, ...only(isForSimulator), SLMM_LOG_LEVEL: logLevel },
  };
}

/** The secret of this name in the data directory; made at the first call. */
export function keptSecret(dataDir, name) {
  const kept = keptText(dataDir, name);
  if (kept !== null) return kept;
  const made = randomBytes(24).toString('base64url');
  keepText(dataDir, name, made);
  return made;
}

/** What an earlier start has kept under this name, or `null`. */
export function keptText(dataDir, name) {
  try {
    return readFileSync(join(dataDir, name), 'utf8').trim() || null;
  } catch {
    return null;
  }
}

/** Keeps a short text for the next start, readable by this user alone. */
export function keepText(dataDir, name, text) {
  const file = join(dataDir, name);
  writeFileSync(file, `${text}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
}

function portOf(environment, variable, preset) {
  const text = environment[variable];
  if (text === undefined || text === '') return preset;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new Error(`${variable}=${text} is no port: expected a number from 0 to 65535.`);
}

/** A program on this machine is reached at loopback when it listens everywhere. */
function reachable(host) {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
}
