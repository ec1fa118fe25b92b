/**
 * The edge agent, put together; read it to know every part and who holds whom.
 * journal ← outlet ← units → meters, and journal → frame sender → bus; the hub's answers come back through the inbox.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { filters, topics } from '@slmm/protocol';
import { type Clock, type Closeable, closeAll, createLogger, lockDirectory, type Logger, systemClock } from '@slmm/shared';
import type { Outlet } from './acquisition/outlet.ts';
import { createUnits } from './acquisition/running-units.ts';
import { UnitMemory } from './acquisition/unit-memory.ts';
import type { Units } from './acquisition/units.ts';
import { FileSpool } from './adapters/disk/file-spool.ts';
import { openFtpCard } from './adapters/ftp/ftp-card.ts';
import { CardTransfers } from './card/card-transfers.ts';
import { DurableFile } from './adapters/disk/durable-file.ts';
import { NodeDisk } from './adapters/disk/node-disk.ts';
import { CommandMemory } from './commands/command-memory.ts';
import { MqttBusClient } from './adapters/mqtt/mqtt-bus-client.ts';
import { CommandRelay } from './adapters/relay/command-relay.ts';
import { MqttRelay } from './adapters/relay/mqtt-relay.ts';
import { openTcpMeterLink } from './adapters/tcp/tcp-meter-link.ts';
import { probeTcpPort } from './adapters/tcp/tcp-port-probe.ts';
import type { RelaySetUp } from './diagnosis/relay.ts';
import { newEpoch } from './journal/epoch.ts';
import { openJournal } from './journal/journal.ts';
import type { EdgeSettings } from './settings.ts';
import { PACE } from './uplink/pace.ts';
import { Uplink, type UplinkOptions } from './uplink/uplink.ts';

const { version: VERSION } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
const HOUR_MS = 3_600_000;
const SEGMENT_BYTES = 2_097_152;
/** Frames that wait in memory while the disk takes none: 20 minutes of eight meters, about 10 MB. */
const MAX_PENDING_FRAMES = 10_000;
/** How often an agent that has stood back looks whether it is wanted again. */
const STOOD_BACK_MS = 600_000;

/** What tests and the simulation put in place of the machine's own. */
export interface EdgeSurroundings {
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly log?: Logger;
  /** Milliseconds since the machine was started, time asleep included. */
  readonly sinceBootMs?: () => number;
  /** Makes the meters' side; default: real ones over TCP. */
  readonly createUnits?: (outlet: Outlet, boot: string) => Units;
}

/** A running agent. Closing it stops the meters' sessions cleanly, says goodbye to the hub and syncs the journal. */
export interface Edge extends Closeable {
  readonly boot: string;
  /** Identity of the journal's present life. */
  readonly epoch: string;
}

/** Starts an agent. Rejects when another one holds the data directory (`DirectoryInUse`) or it cannot be made; a broker or meter that is away is no reason. */
export async function startEdge(settings: EdgeSettings, surroundings: EdgeSurroundings = {}): Promise<Edge> {
  const clock = surroundings.clock ?? systemClock;
  const random = surroundings.random ?? Math.random;
  const log = surroundings.log ?? createLogger('slmm-edge', settings.logLevel);
  const sinceBootMs =
    surroundings.sinceBootMs ?? (surroundings.clock === undefined ? () => uptime() * 1000 : () => clock.monotonicMs());
  const boot = randomUUID();
  const home = join(settings.dataDir, `edge-${settings.edgeId}`);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const opened: Closeable[] = [await lockDirectory(home, 'agent')];
  try {
    const journal = await openJournal({
      disk: await NodeDisk.open(join(home, 'journal')),
      clock,
      log,
      newEpoch: () => newEpoch(clock.nowMs(), randomBytes(10)),
      syncWindowMs: settings.edgeSyncMs,
      segmentBytes: Math.min(SEGMENT_BYTES, Math.ceil((settings.edgeJournalMb * 1_048_576) / 16)),
      maxBytes: settings.edgeJournalMb * 1_048_576,
      maxAgeMs: settings.edgeJournalDays * 24 * HOUR_MS,
      keepAcknowledgedMs: settings.edgeJournalKeepHours * HOUR_MS,
      maxPendingFrames: MAX_PENDING_FRAMES,
    });
    opened.push(journal);
    const pace = PACE[settings.uplink];
    const running: { units: Units | null } = { units: null };
    const bus = new MqttBusClient({
      url: settings.mqttUrl,
      clientId: settings.edgeId,
      username: settings.mqttUsername ?? settings.edgeId,
      password: settings.mqttPassword,
      keepaliveS: pace.keepaliveS,
      // An acknowledge that is lost is told again, so the line is spared the answer to it.
      subscriptions: filters
        .toEdge(settings.edgeId)
        .map((filter) => ({ filter, qos: filter === topics.ack(settings.edgeId) ? (0 as const) : (1 as const) })),
      // Two agents of one name throw each other out of the broker; one that has stood back has nothing to say that is worth it.
      leastWaitMs: () => (running.units?.hasStoodBack === true ? STOOD_BACK_MS : 0),
      lastWill: () => uplink.lastWill(),
      clock,
      random,
      log,
    });
    const uplink: Uplink = new Uplink({
      options: uplinkOptions(settings, boot),
      journal,
      bus,
      clock,
      sinceBootMs,
      log,
      pinned: settings.edgeUnits,
      configFile: new DurableFile(join(home, 'config.json')),
      wanFile: new DurableFile(join(home, 'wan-bytes.json')),
      newId: randomUUID,
      residentBytes: () => process.memoryUsage.rss(),
    });
    const memory = await UnitMemory.open(new DurableFile(join(home, 'units.json')), clock, log);
    const commandMemory = await CommandMemory.open(new DurableFile(join(home, 'commands.json')), clock, log);
    const transfers = new CardTransfers({
      openCard: openFtpCard,
      spool: await FileSpool.start(join(home, 'files')),
      send: (transfer, payload, signal) => uplink.sendFilePiece(transfer, payload, signal),
      clock,
      log,
      newId: randomUUID,
    });
    const makeUnits =
      surroundings.createUnits ??
      ((outlet: Outlet) =>
        createUnits({
          clock,
          random,
          log,
          openLink: openTcpMeterLink,
          probePort: probeTcpPort,
          outlet,
          edge: settings.edgeId,
          boot,
          memory,
          commandMemory,
          transfers,
          relay: relayOf(settings),
        }));
    const units = makeUnits(uplink.outlet, boot);
    running.units = units;
    opened.push(uplink, units);
    await uplink.start(units);
    let closed: Promise<void> | null = null;
    return {
      boot,
      get epoch() {
        return journal.epoch;
      },
      close: () => (closed ??= closeAll(opened)),
    };
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

function relayOf(settings: EdgeSettings): RelaySetUp | null {
  const { edgeRelayCommand: command, edgeRelayUrl: url, edgeRelayTopic: topic } = settings;
  const rules = { everyMs: settings.edgeRelayEveryMin * 60_000, whileMeasuring: settings.edgeRelayWhileMeasuring };
  if (command !== null) return { ...rules, relay: new CommandRelay(command) };
  if (url === null || topic === null) return null;
  const { edgeRelayUsername: username, edgeRelayPassword: password, edgeRelayPayload: payload } = settings;
  return { ...rules, relay: new MqttRelay({ url, username, password, topic, payload }) };
}

function uplinkOptions(settings: EdgeSettings, boot: string): UplinkOptions {
  const { lastEveryMs, healthEveryMs, batchFrames } = PACE[settings.uplink];
  return {
    edge: settings.edgeId,
    boot,
    version: VERSION,
    node: process.version,
    mode: settings.uplink,
    batchFrames,
    batchMs: settings.edgeBatchS * 1000,
    backfillPerS: settings.edgeBackfillRate,
    lastEveryMs,
    healthEveryMs,
    journalMaxBytes: settings.edgeJournalMb * 1_048_576,
    journalMaxAgeMs: settings.edgeJournalDays * 24 * HOUR_MS,
  };
}
