/** The hub, wired: what it is made of is named here and nowhere else. Neighbours: main.ts starts it as a program, tests start it in their own process. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, type Closeable, closeAll, InvariantError, lockDirectory, type Logger, systemClock } from '@slmm/shared';
import { Access } from './access/access.ts';
import { AedesBroker, type AedesBrokerOptions } from './adapters/broker/aedes-broker.ts';
import { DiskCardFiles } from './adapters/disk/disk-card-files.ts';
import { createHttpServer, type HttpServer } from './adapters/http/http-server.ts';
import { MqttHubBus } from './adapters/mqtt/mqtt-hub-bus.ts';
import { PrismaAnnotationStore } from './adapters/prisma/prisma-annotation-store.ts';
import { PrismaAccessStore } from './adapters/prisma/prisma-access-store.ts';
import { PrismaStatusNoteStore, PrismaUnitLogStore } from './adapters/prisma/prisma-unit-log-store.ts';
import { PrismaFleetStore } from './adapters/prisma/prisma-fleet-store.ts';
import type { CertificateFiles } from './adapters/tls/certificate.ts';
import { startAlerting } from './alerting.ts';
import { Complaints } from './fleet/complaints.ts';
import { EdgeIntake } from './fleet/edge-intake.ts';
import type { Fleet } from './fleet/fleet.ts';
import { HubFleet } from './fleet/hub-fleet.ts';
import { UnitLog } from './fleet/unit-log.ts';
import { HistoryKeeper } from './history/history-keeper.ts';
import { History } from './history/history.ts';
import { coverage } from './history/ledger/coverage.ts';
import { StateLog } from './history/ledger/state-log.ts';
import { Ingest } from './ingest/ingest.ts';
import { listenFault } from './listen-fault.ts';
import { createMetrics } from './metrics.ts';
import { contradictions, databasePlaces, type HubSettings, retentionOf, usesEmbeddedBroker } from './settings.ts';
import { openStores } from './stores.ts';

const WEB_ROOT = fileURLToPath(new URL('../web/dist', import.meta.url));

const FILE_AGAIN_MS = 120_000;

/** What a test may replace. */
export interface HubDependencies {
  readonly log: Logger;
  readonly clock?: Clock;
}

/** A hub that runs. `mqttPort` is `null` with an external broker. */
export interface RunningHub extends Closeable {
  readonly httpPort: number;
  readonly mqttPort: number | null;
  /** An admin token that was made at this start, to be shown once; `null` when there was one already, and in open mode. */
  readonly newAdminToken: string | null;
}

/**
 * Starts a hub. Rejects with a `ListenError` when a port cannot be had, and with `DirectoryInUse` when another hub has the data directory; then everything that was opened is closed again.
 * Order: stores, then the bus, then what listens to it, and only then the doors, so that nothing arrives before somebody can take it.
 */
export async function startHub(settings: HubSettings, { log, clock = systemClock }: HubDependencies): Promise<RunningHub> {
  const mistakes = contradictions(settings);
  if (mistakes.length > 0) throw new InvariantError(mistakes.join('; '));
  const opened: Closeable[] = [];
  try {
    return await openHub(settings, { log, clock }, opened);
  } catch (error) {
    await closeAll(opened).catch((failure: unknown) => log.error({ err: failure }, 'something could not be closed'));
    throw error;
  }
}

async function openHub(
  settings: HubSettings,
  { log, clock }: Required<HubDependencies>,
  opened: Closeable[],
): Promise<RunningHub> {
  const keep = <T extends Closeable>(one: T): T => {
    opened.push(one);
    return one;
  };
  const boot = randomUUID();
  const metrics = createMetrics(true);
  await mkdir(settings.dataDir, { recursive: true, mode: 0o700 });
  const lock = keep(await lockDirectory(settings.dataDir, 'hub'));
  const stores = keep(await openStores(databasePlaces(settings)));
  const { client, readings } = stores;
  if (stores.applied.length > 0) log.info({ migrations: stores.applied }, 'the configuration database was brought up to date');
  const keeper = keep(new HistoryKeeper({ store: stores.history, retention: retentionOf(settings), clock, log }));
  const annotations = new PrismaAnnotationStore(client);
  const access = new Access({ mode: settings.auth, store: new PrismaAccessStore(client), clock });
  if (settings.adminToken !== null) await access.ensureAdmin(settings.adminToken);

  const broker = usesEmbeddedBroker(settings)
    ? await AedesBroker.create({ ...brokerPlace(settings), access, clock, log, metrics })
    : null;
  const bus = keep(broker ?? externalBus(settings, { boot, clock, log }));
  const complaints = new Complaints({ clock, log, metrics });
  const latest = (await readings.latest()).map((reading) => reading.frame);
  const fleetStore = new PrismaFleetStore(client);
  const fleet = keep(await HubFleet.load({ bus, store: fleetStore, access, clock, log, metrics, complaints, boot }, latest));
  const ingest = keep(
    await Ingest.load({
      store: readings,
      bus,
      clock,
      log,
      metrics,
      complaints,
      random: Math.random,
      economy: (edge) => fleet.edge(edge)?.info?.uplink === 'economy',
      enrolled: (edge) => fleet.edge(edge) !== null,
      committed: (committed) => {
        for (const { frame, late } of committed) fleet.committed(frame, late);
      },
    }),
  );
  const directory = resolve(settings.dataDir, 'files');
  const cardFiles = keep(await DiskCardFiles.open({ directory, clock, log, again: asksAgain(fleet) }));
  const intake = new EdgeIntake({
    files: (edge, transfer, payload) => cardFiles.receive(edge, transfer, payload),
    fleet,
    metrics,
    complaints,
    frames: (topic, message) => ingest.receive(topic, message),
    adoptsEdges: settings.auth === 'none',
  });
  const states = new StateLog(readings, log);
  fleet.listen({
    edgeState: (edge, state) => {
      if (state.state === 'online') ingest.edgeBorn(edge, [state.epoch, ...(state.epochs ?? [])]);
    },
    edgeHealth: (edge, { epochs }) => ingest.edgeAsks(edge, epochs ?? []),
    unitState: (unit, state) => states.note(unit, state),
  });
  await intake.start(bus);
  fleet.start();
  keeper.start();
  bus.onConnected(() => ingest.announceAll());
  const alerts = keep(
    await startAlerting({
      client,
      bus,
      fleet,
      readings,
      timezone: settings.timezone,
      clock,
      log,
      smtp: settings.smtpUrl === null ? null : { url: settings.smtpUrl, from: settings.smtpFrom },
      webhookPrivate: settings.webhookPrivate,
      publicUrl: settings.publicUrl,
    }),
  );

  const unitLog = keep(new UnitLog({ fleet, store: new PrismaUnitLogStore(client), clock, log }));
  const http = keep(
    createHttpServer({
      services: {
        fleet,
        readings,
        history: new History(stores.history, annotations),
        annotations,
        alerts,
        access,
        unitLog: unitLog.store,
        statusNotes: new PrismaStatusNoteStore(client),
        cardFiles,
        broker: () =>
          broker === null
            ? { kind: 'external', url: settings.mqttUrl ?? '' }
            : { kind: 'own', port: broker.port, isTls: settings.mqttTlsCert !== null },
        compatTimes: settings.compatTimes,
        coverage: (unit, fromMs, toMs) => coverage(readings, unit, fromMs, toMs, clock.nowMs()),
        metrics,
        readiness: async () => [
          ...(bus.connected ? [] : ['the MQTT broker is away']),
          ...(ingest.problem === null ? [] : [ingest.problem]),
        ],
        clock,
        timezone: settings.timezone,
        log,
      },
      trustedAddresses: settings.trustedAddresses,
      host: settings.httpHost,
      port: settings.httpPort,
      certificate: certificateFiles(settings.httpTlsCert, settings.httpTlsKey),
      webRoot: existsSync(WEB_ROOT) ? WEB_ROOT : null,
    }),
  );
  const { httpPort, mqttPort } = await openDoors(settings, http, broker);
  // Last, because a token made by a start that then fails would have been shown to nobody.
  const newAdminToken = settings.auth === 'none' ? null : await access.ensureAdmin(settings.adminToken);
  log.info(
    {
      http: `${settings.httpHost}:${httpPort}`,
      mqtt: mqttPort === null ? settings.mqttUrl : `${settings.mqttHost}:${mqttPort}`,
      boot,
    },
    'the hub is up',
  );
  // Backwards: the doors, the goodbye on the bus, the bus, then what had arrived is committed, then the stores.
  let closing: Promise<void> | null = null;
  return {
    httpPort,
    mqttPort,
    newAdminToken,
    close: () => (closing ??= closeAll([lock, stores, keeper, cardFiles, ingest, bus, alerts, unitLog, fleet, http])),
  };
}

/** Asks the edge for what is missing of a file. Any unit of the edge will do: the file is on the edge's own disk. */
function asksAgain(fleet: Fleet): (edge: string, transfer: string, offset: number) => Promise<boolean> {
  return async (edge, transfer, offset) => {
    const unit = fleet.units().find(({ config }) => config.edge === edge)?.config.unit;
    const reply = unit === undefined ? null : await fleet.command(unit, 'file-again', { transfer, offset }, 'hub', FILE_AGAIN_MS);
    return reply !== null && 'ok' in reply && reply.ok;
  };
}

async function openDoors(
  settings: HubSettings,
  http: HttpServer,
  broker: AedesBroker | null,
): Promise<Pick<RunningHub, 'httpPort' | 'mqttPort'>> {
  const { httpHost, httpPort, mqttHost, mqttPort } = settings;
  const place = await http.listen().catch((error: unknown) => {
    throw listenFault(error, httpHost, httpPort, 'SLMM_HTTP_PORT');
  });
  if (broker === null) return { httpPort: place.port, mqttPort: null };
  const port = await broker.listen().catch((error: unknown) => {
    throw listenFault(error, mqttHost, Number(mqttPort), 'SLMM_MQTT_PORT');
  });
  return { httpPort: place.port, mqttPort: port };
}

function brokerPlace(settings: HubSettings): Pick<AedesBrokerOptions, 'host' | 'port' | 'certificate'> {
  return {
    host: settings.mqttHost,
    port: settings.mqttPort === 'ephemeral' ? 0 : settings.mqttPort,
    certificate: certificateFiles(settings.mqttTlsCert, settings.mqttTlsKey),
  };
}

/** Both or none: `contradictions` has seen to it. */
function certificateFiles(cert: string | null, key: string | null): CertificateFiles | null {
  return cert === null || key === null ? null : { cert, key };
}

function externalBus(settings: HubSettings, { boot, clock, log }: { boot: string; clock: Clock; log: Logger }): MqttHubBus {
  if (settings.mqttUrl === null) throw new InvariantError('neither a broker of our own nor an external one');
  const { mqttUrl: url, mqttUsername: username, mqttPassword: password } = settings;
  return MqttHubBus.open({ url, username, password, boot, clock, log, random: Math.random });
}
