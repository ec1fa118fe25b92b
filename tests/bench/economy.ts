/**
 * What a metered SIM pays for one unit in economy uplink: the real uplink and journal on a clock that is turned by hand, a meter's frames from real levels, every MQTT packet in
 * both directions as bytes, and what TLS, TCP and IP add to each. `pnpm bench:economy` prints the table.
 */
import { fileURLToPath } from 'node:url';
import { type BusClient, type BusListener, openJournal, PACE, SimDisk, Uplink } from '@slmm/edge-agent/testing';
import { type Acknowledge, decodeBackfill, type Frame, parseTopic, topics } from '@slmm/protocol';
import { createLogger, FakeClock, toInstant } from '@slmm/shared';
import { generate } from 'mqtt-packet';
import { framesOf, readDayOfLevels } from './backfill-size.ts';

const EDGE = 'site-1';
const HOURS = 2;
const HOURS_A_MONTH = 730;
/** IPv4 and TCP with time stamps, per segment; a TLS 1.3 record around application data. */
const SEGMENT_BYTES = 52;
const RECORD_BYTES = 22;
/** What a segment carries over a mobile line. */
const SEGMENT_ROOM = 1300;
/** A new TLS connection with its certificates, and what is said at a birth; once a day, because lines break. */
const RECONNECT_BYTES = 9000;
/** As ingest/acknowledger.ts has it for economy edges. */
const ACKNOWLEDGE_MS = 240_000;
const ACKNOWLEDGE_MESSAGES = 32;

const nothing = (): Promise<void> => Promise.resolve();

/** Counts what goes over the line, and answers as broker and hub do. */
class CountingBus implements BusClient {
  connected = false;
  readonly congested = false;
  bytes = 0;
  lineBytes = 0;
  messages = 0;
  #listener: BusListener | null = null;
  #unacknowledged = 0;
  #acknowledgedMs = Number.NEGATIVE_INFINITY;
  /** What the hub has. */
  #upto: Pick<Acknowledge, 'epoch' | 'upto'> | null = null;
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  start(listener: BusListener): void {
    this.#listener = listener;
    this.connected = true;
    listener.connected();
    const state = { state: 'online', boot: 'hub', at: toInstant(this.#clock.nowMs()) };
    listener.message({ topic: topics.hubState(), payload: Buffer.from(JSON.stringify(state)), retained: true });
  }

  publish(topic: string, content: string | Uint8Array, { qos, retain }: { qos: 0 | 1; retain: boolean }): Promise<boolean> {
    const payload = Buffer.from(content);
    this.messages += 1;
    this.#carry(generate({ cmd: 'publish', topic, payload, qos, retain, dup: false, messageId: 1 }).length);
    if (qos === 1) this.#carry(generate({ cmd: 'puback', messageId: 1 }).length);
    // Whoever heard last has nothing to say, and answers with a bare segment.
    this.lineBytes += SEGMENT_BYTES;
    const kind = parseTopic(topic)?.kind;
    if (kind === 'backfill') this.#acknowledge(payload);
    // The hub answers each health with its watermark.
    if (kind === 'edge-health' && this.#upto !== null) this.#tell(this.#upto);
    return Promise.resolve(true);
  }

  /** The hub's watermark, without an answer to it (QoS 0), as seldom as ingest/acknowledger.ts tells an economy edge. */
  #acknowledge(batch: Uint8Array): void {
    const decoded = decodeBackfill(batch);
    if (decoded.kind !== 'ok' || decoded.value.kind !== 'frames') throw new Error('nothing is lost here');
    const { epoch, unit, frames } = decoded.value;
    this.#upto = { epoch, upto: { [unit]: frames.at(-1)?.seq ?? 0 } };
    this.#unacknowledged += 1;
    const nowMs = this.#clock.monotonicMs();
    if (this.#unacknowledged < ACKNOWLEDGE_MESSAGES && nowMs - this.#acknowledgedMs < ACKNOWLEDGE_MS) return;
    this.#unacknowledged = 0;
    this.#acknowledgedMs = nowMs;
    this.#tell(this.#upto);
  }

  #tell(upto: Pick<Acknowledge, 'epoch' | 'upto'>): void {
    this.#clock.after(20, () => {
      const payload = Buffer.from(JSON.stringify({ ...upto, at: toInstant(this.#clock.nowMs()) }));
      this.#carry(generate({ cmd: 'publish', topic: topics.ack(EDGE), payload, qos: 0, retain: false, dup: false }).length);
      this.lineBytes += SEGMENT_BYTES;
      this.#listener?.message({ topic: topics.ack(EDGE), payload, retained: false });
    });
  }

  /** One packet in segments of its own; nothing is shared with other units of the edge, which is the dearest case. */
  #carry(mqttBytes: number): void {
    const segments = Math.ceil((mqttBytes + RECORD_BYTES) / SEGMENT_ROOM);
    this.bytes += mqttBytes;
    this.lineBytes += mqttBytes + RECORD_BYTES + segments * SEGMENT_BYTES;
  }

  reconnect(): void {}

  close(): Promise<void> {
    this.connected = false;
    return nothing();
  }
}

export interface LineCost {
  /** Bytes of a month in both directions, protocols included, in MB (10^6). */
  readonly mbPerMonth: number;
  /** Of them MQTT's own. */
  readonly mqttMbPerMonth: number;
  readonly messagesPerHour: number;
}

/** Lets one unit measure for some hours in economy uplink with batches of `batchS` seconds. */
export async function costOfEconomy(frames: readonly Frame[], batchS: number): Promise<LineCost> {
  const first = frames[0];
  if (first === undefined) throw new Error('there are no frames');
  const clock = new FakeClock(Date.parse(first.at));
  const bus = new CountingBus(clock);
  const log = createLogger('bench', 'silent');
  const journal = await openJournal({
    disk: new SimDisk().boot(),
    clock,
    log,
    newEpoch: () => first.epoch,
    syncWindowMs: 20,
    segmentBytes: 2_097_152,
    maxBytes: 1e9,
    maxAgeMs: 1e10,
    keepAcknowledgedMs: 86_400_000,
    maxPendingFrames: 10_000,
  });
  const text = { read: () => Promise.resolve(null), write: nothing };
  const uplink = new Uplink({
    options: {
      edge: EDGE,
      boot: '0195f3a0-0000-7000-8000-000000000000',
      version: '1.0.0',
      node: process.version,
      mode: 'economy',
      batchMs: batchS * 1000,
      backfillPerS: 5000,
      journalMaxBytes: 1e9,
      journalMaxAgeMs: 1e10,
      batchFrames: PACE.economy.batchFrames,
      lastEveryMs: PACE.economy.lastEveryMs,
      healthEveryMs: PACE.economy.healthEveryMs,
    },
    journal,
    bus,
    clock,
    sinceBootMs: () => clock.monotonicMs(),
    log,
    configFile: text,
    wanFile: text,
    newId: () => 'id',
    residentBytes: () => 80e6,
  });
  await uplink.start({
    apply: () => ({}),
    execute: () => Promise.reject(new Error('no commands here')),
    demand: () => undefined,
    health: () => ({}),
    announce: () => undefined,
    close: nothing,
  });
  const startMs = clock.nowMs();
  await pass(clock, 5000);
  const before = { line: bus.lineBytes, mqtt: bus.bytes, messages: bus.messages };
  for (const { at, v: _v, epoch: _epoch, seq: _seq, ...draft } of frames) {
    const dueMs = Date.parse(at) - startMs + 5000;
    if (dueMs > HOURS * 3_600_000) break;
    await pass(clock, dueMs - (clock.nowMs() - startMs));
    uplink.outlet.frame({ ...draft, at: toInstant(clock.nowMs()) });
  }
  const hours = (clock.nowMs() - startMs) / 3_600_000;
  const perMonth = (bytes: number): number => (bytes / hours) * HOURS_A_MONTH;
  const cost = {
    mbPerMonth: (perMonth(bus.lineBytes - before.line) + RECONNECT_BYTES * 30) / 1e6,
    mqttMbPerMonth: perMonth(bus.bytes - before.mqtt) / 1e6,
    messagesPerHour: (bus.messages - before.messages) / hours,
  };
  await uplink.close();
  await journal.close();
  return cost;
}

async function pass(clock: FakeClock, ms: number): Promise<void> {
  const endMs = clock.monotonicMs() + ms;
  while (clock.monotonicMs() < endMs) {
    const dueMs = clock.nextDueMs() ?? endMs;
    clock.advance(Math.max(1, Math.min(dueMs, endMs) - clock.monotonicMs()));
    for (let turn = 0; turn < 3; turn += 1) await new Promise((done) => setImmediate(done));
  }
}

async function main(): Promise<void> {
  const levels = readDayOfLevels();
  if (levels === null) {
    console.log('the file of real levels is absent; nothing was measured');
    return;
  }
  console.log(
    'MB of one unit in a month of economy uplink: MQTT, TLS 1.3, TCP and IP in both directions, acknowledgements of broker and hub, one new connection a day',
  );
  for (const [basis, text] of [
    ['lp', 'DOD, estimated interval'],
    ['drd', 'DRD, exact interval    '],
  ] as const)
    for (const [batchS, goalMb] of [
      [60, 35],
      [10, 140],
    ] as const) {
      const { mbPerMonth, mqttMbPerMonth, messagesPerHour } = await costOfEconomy(framesOf(levels, basis), batchS);
      const judged = mbPerMonth <= goalMb ? 'met' : 'NOT met';
      console.log(
        `${text}  batches of ${batchS} s: ${mbPerMonth.toFixed(1)} MB (goal ${goalMb}: ${judged}), of it MQTT ${mqttMbPerMonth.toFixed(1)} MB; ${messagesPerHour.toFixed(0)} messages an hour`,
      );
    }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
