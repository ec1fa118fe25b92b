// The demo, step by step. Neighbours: surroundings.mjs reads the environment, programs.mjs keeps the children, hub-client.mjs talks to the hub.
import { build, install, ROOT } from '../prepare/prepare.mjs';
import { bold, dim, green, heartbeat, red, say, seconds } from '../prepare/narrate.mjs';
import { HubClient } from './hub-client.mjs';
import { firstTakenPort, freeRun } from './ports.mjs';
import { Programs } from './programs.mjs';
import { keepText, keptSecret, keptText, readSurroundings } from './surroundings.mjs';

const EDGE = 'demo';
const UNITS = ['NL43-01', 'NL43-02', 'NL43-03'];
/** A program that is not ready after this time will not be. */
const READY_LIMIT_MS = 60_000;

/** Runs until a signal or until a program ends by itself. Answers the exit code. */
export async function runDemo() {
  const startMs = performance.now();
  const stopping = new AbortController();
  const programs = new Programs(ROOT);
  listenForSignals(stopping);
  try {
    return await run(startMs, programs, stopping.signal);
  } catch (error) {
    if (!stopping.signal.aborted) {
      say(red(error instanceof Error ? error.message : String(error)));
      return 1;
    }
    return 0;
  } finally {
    await programs.stopAll();
    if (programs.started > 0) say('All stopped.');
  }
}

async function run(startMs, programs, stopSignal) {
  const surroundings = readSurroundings(process.env, ROOT);
  const taken = await firstTakenPort(surroundings.ports);
  if (taken !== null) {
    say(
      red(
        `Port ${taken.port} on ${taken.host} is ${taken.why}: set ${taken.variable} to another one, for example ${taken.variable}=${taken.port + 1} npm start`,
      ),
    );
    return 1;
  }
  if (!(await install(stopSignal)) || !(await build(stopSignal))) return stopSignal.aborted ? 0 : 1;

  const admin = surroundings.needsToken
    ? (surroundings.adminToken ?? keptSecret(surroundings.dataDir, 'demo-admin-token'))
    : null;
  const hub = new HubClient(surroundings.address, admin);
  const [simulator] = await Promise.all([
    startSimulator(programs, surroundings, stopSignal),
    startHub(programs, surroundings, admin, hub, stopSignal),
  ]);
  const secret = await hub.enrolEdge(EDGE);
  keepText(surroundings.dataDir, 'demo-edge-secret', secret);
  for (const unit of UNITS) {
    const isNew = await hub.putUnit(unit, EDGE, simulator.meter(unit));
    if (isNew && unit === UNITS[0]) await hub.addExampleRule(unit);
  }
  say(dim(`  edge ${EDGE} enrolled, units ${UNITS.join(', ')} set up`));

  say(bold(`Starting the edge agent ${EDGE}`));
  programs.start('edge', 'packages/edge-agent/bin/slmm-edge.js', surroundings.forEdge(EDGE, secret));
  const levels = await readyOf('the first levels', () => hub.levels(UNITS), programs, stopSignal);
  say(green(`Live after ${seconds(startMs)}: `) + levels.map(([unit, level]) => `${unit} ${level.toFixed(1)} dB`).join(', '));
  tellWhereToGo(surroundings, admin, simulator);

  const end = await Promise.race([programs.firstEnd(), aborted(stopSignal)]);
  if (end === null) return 0;
  say(red(`${end.name} ended by itself (${end.how}); stopping the others.`));
  for (const line of end.lastLines) say(`  ${line}`);
  return 1;
}

async function startHub(programs, surroundings, admin, hub, stopSignal) {
  say(bold('Starting the hub'));
  programs.start('hub', 'packages/hub/bin/slmm-hub.js', {
    ...surroundings.forHub,
    ...(admin === null ? {} : { SLMM_ADMIN_TOKEN: admin }),
  });
  await readyOf('the hub', () => hub.isReady(), programs, stopSignal);
}

/**
 * Meters on the ports that they had the last time, if those are free: the edge agent begins with the configuration that it has, before the hub tells it anything new.
 * They print where they are as one line of JSON: `{meters: [{name, host, port, ftpPort}], controlPort}`.
 */
async function startSimulator(programs, surroundings, stopSignal) {
  say(bold(`Starting ${UNITS.length} simulated meters`));
  const kept = Number(keptText(surroundings.dataDir, 'demo-meter-port')) || null;
  const first = await freeRun('127.0.0.1', 2 * UNITS.length, kept);
  keepText(surroundings.dataDir, 'demo-meter-port', String(first));
  let places = null;
  const environment = {
    SLMM_SIM_PORT_BASE: String(first),
    SLMM_SIM_FTP_PORT_BASE: String(first + UNITS.length),
    ...surroundings.forSimulator,
    SLMM_SIM_COUNT: String(UNITS.length),
    SLMM_SIM_NAME_PREFIX: 'NL43-',
  };
  programs.start('meters', 'packages/simulator/bin/nl43-sim.js', environment, (line) => {
    if (places !== null || !line.startsWith('{"meters"')) return false;
    places = JSON.parse(line);
    return true;
  });
  await readyOf('the meters', () => places, programs, stopSignal);
  return { ...places, meter: (unit) => places.meters.find((meter) => meter.name === unit) };
}

/** Asks again and again until the answer is not `null` or `false`; ends early when a program does, or when somebody stops us. */
async function readyOf(what, ask, programs, stopSignal) {
  const startMs = performance.now();
  const pulse = heartbeat(`waiting for ${what}`);
  try {
    for (;;) {
      const answer = await ask();
      if (answer !== null && answer !== false) return answer;
      const ended = programs.ended();
      if (ended !== null)
        throw new Error(
          `${ended.name} ended by itself (${ended.how}).\n${ended.lastLines.map((line) => `  ${line}`).join('\n')}`,
        );
      if (performance.now() - startMs > READY_LIMIT_MS)
        throw new Error(`${what} did not come within ${READY_LIMIT_MS / 1000} s; SLMM_LOG_LEVEL=debug npm start says more.`);
      await Promise.race([new Promise((resolve) => setTimeout(resolve, 100)), aborted(stopSignal)]);
      if (stopSignal.aborted) throw new Error('stopped');
    }
  } finally {
    pulse.stop();
  }
}

function tellWhereToGo(surroundings, admin, simulator) {
  const link = admin === null ? `${surroundings.address}/` : `${surroundings.address}/sign-in?token=${encodeURIComponent(admin)}`;
  say('');
  say(`  ${bold('Open')}       ${link}`);
  if (surroundings.broker !== null) {
    const { host, port } = surroundings.broker;
    const signIn = admin === null ? '' : ` -u reader -P '${admin}'`;
    say(`  ${bold('Subscribe')}  mosquitto_sub -h ${host} -p ${port}${signIn} -v -t 'slmm/v1/+/+/dod'`);
  }
  if (admin !== null)
    say(`  ${bold('Ask')}        curl -H 'Authorization: Bearer ${admin}' ${surroundings.address}/api/v1/units`);
  if (simulator.controlPort !== null)
    say(
      `  ${bold('Disturb')}    curl -X PUT http://127.0.0.1:${simulator.controlPort}/meters/${UNITS[0]}/faults/F1 (DELETE ends it; /faults lists all)`,
    );
  say(`  ${bold('Kept in')}    ${surroundings.dataDir}`);
  say(`  ${bold('Stop')}       Ctrl-C`);
  say('');
}

function listenForSignals(stopping) {
  const stop = (signal) => {
    if (stopping.signal.aborted) return;
    say('');
    say(`Stopping (${signal}) …`);
    stopping.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(signal));
  if (process.env['npm_lifecycle_event'] === undefined) return;
  // npm that is killed takes nobody along; its children would hold the ports for ever.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stop('npm went away');
  }, 1000).unref();
}

/** Resolves with `null` at a signal; one promise for all who wait for it. */
const stops = new WeakMap();
function aborted(signal) {
  if (!stops.has(signal)) {
    stops.set(
      signal,
      new Promise((resolve) => {
        if (signal.aborted) resolve(null);
        else signal.addEventListener('abort', () => resolve(null), { once: true });
      }),
    );
  }
  return stops.get(signal);
}
