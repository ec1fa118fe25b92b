import {
  type Acknowledge,
  decodeBackfill,
  type DesiredConfig,
  edgeHealthSchema,
  edgeInfoSchema,
  edgeStateSchema,
  type Frame,
  lastSchema,
  parseTopic,
  topics,
} from '@slmm/protocol';
import { exampleFrame } from '@slmm/protocol/testing';
import { createLogger, FakeClock, toInstant } from '@slmm/shared';
import { afterEach, describe, expect, it } from 'vitest';
import type { FrameDraft } from '../acquisition/outlet.ts';
import type { Units } from '../acquisition/units.ts';
import { openJournal } from '../journal/journal.ts';
import { SimDisk } from '../journal/sim-disk.ts';
import type { BusClient, BusListener } from './bus-client.ts';
import type { DurableText } from './durable-text.ts';
import { Uplink, type UplinkOptions } from './uplink.ts';

const EDGE = 'demo';
const START_MS = Date.UTC(2026, 10, 23, 6);
const log = createLogger('test', 'silent');

interface Sent {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

/** A bus whose broker acknowledges when the test says so (by default at once). */
class MemoryBus implements BusClient {
  listener: BusListener | null = null;
  connected = false;
  congested = false;
  bytes = 0;
  acknowledges = true;
  reconnects: string[] = [];
  sent: Sent[] = [];
  #waiting: ((sent: boolean) => void)[] = [];

  start(listener: BusListener): void {
    this.listener = listener;
  }

  publish(topic: string, payload: string | Uint8Array, { qos, retain }: { qos: 0 | 1; retain: boolean }): Promise<boolean> {
    if (!this.connected) return Promise.resolve(false);
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    this.bytes += topic.length + bytes.length + 7;
    this.sent.push({ topic, payload: bytes, qos, retain });
    if (this.acknowledges) return Promise.resolve(true);
    return new Promise((done) => this.#waiting.push(done));
  }

  reconnect(reason: string): void {
    this.reconnects.push(reason);
    this.cut();
  }

  cut(): void {
    this.connected = false;
    for (const done of this.#waiting.splice(0)) done(false);
    this.listener?.disconnected('cut');
  }

  connect(): void {
    this.connected = true;
    this.listener?.connected();
  }

  say(topic: string, content: unknown, retained = false): void {
    this.listener?.message({ topic, payload: Buffer.from(JSON.stringify(content)), retained });
  }

  close(): Promise<void> {
    this.connected = false;
    return Promise.resolve();
  }
}

class MemoryText implements DurableText {
  text: string | null = null;
  read = (): Promise<string | null> => Promise.resolve(this.text);
  write = (text: string): Promise<void> => {
    this.text = text;
    return Promise.resolve();
  };
}

class FakeUnits implements Units {
  applied: unknown[] = [];
  demands: unknown[] = [];
  apply: Units['apply'] = (wanted) => {
    this.applied.push(wanted.map(({ unit }) => unit));
    return Object.fromEntries(wanted.map(({ unit }) => [unit, { ok: true, error: null }]));
  };
  execute: Units['execute'] = (command, progress) => {
    progress('half way', 1, 2);
    return Promise.resolve({ id: command.id, ok: true, result: command.op });
  };
  demand: Units['demand'] = (demand) => {
    this.demands.push(demand);
  };
  health = (): ReturnType<Units['health']> => ({});
  announce = (): void => {};
  close = (): Promise<void> => Promise.resolve();
}

const draft = (unit: string, atMs: number, lp = 50): FrameDraft =>
  exampleFrame({
    unit,
    at: toInstant(atMs),
    lp,
    interval: { s: 1, leq: lp, lmax: null, lmin: null, lpeak: null, basis: 'lp', ticks: 0 },
  });

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((done) => setImmediate(done));
};

/** An edge without meters and sockets, and what a hub would make of what it says. */
class Site {
  readonly clock: FakeClock;
  readonly disk = new SimDisk();
  readonly config = new MemoryText();
  readonly wan = new MemoryText();
  bus = new MemoryBus();
  units = new FakeUnits();
  #uplink: Uplink | null = null;
  #close: (() => Promise<void>) | null = null;
  #epochs = 0;
  #read = 0;
  /** What the hub has: by epoch and unit, seq to frame. */
  readonly has = new Map<string, Map<number, Frame>>();
  readonly lost: string[] = [];
  conflicts = 0;
  doubles = 0;

  constructor(startMs = START_MS) {
    this.clock = new FakeClock(startMs);
  }

  get uplink(): Uplink {
    if (this.#uplink === null) throw new Error('not started');
    return this.#uplink;
  }

  async start(over: Partial<UplinkOptions> = {}): Promise<void> {
    this.bus = new MemoryBus();
    this.#read = 0;
    const journal = await openJournal({
      disk: this.disk.boot(),
      clock: this.clock,
      log,
      newEpoch: () => `EPOCH0000${(this.#epochs += 1)}`,
      syncWindowMs: 50,
      segmentBytes: 4000,
      maxBytes: 40_000,
      maxAgeMs: 1e10,
      keepAcknowledgedMs: 24 * 3_600_000,
      maxPendingFrames: 1000,
    });
    const uplink = new Uplink({
      options: {
        edge: EDGE,
        boot: 'BOOT1',
        version: '1.0.0',
        node: 'v20',
        mode: 'live',
        batchFrames: 20,
        batchMs: 60_000,
        backfillPerS: 1000,
        lastEveryMs: 10_000,
        healthEveryMs: 60_000,
        journalMaxBytes: 40_000,
        journalMaxAgeMs: 1e10,
        ...over,
      },
      journal,
      bus: this.bus,
      clock: this.clock,
      sinceBootMs: () => this.clock.monotonicMs(),
      log,
      configFile: this.config,
      wanFile: this.wan,
      newId: () => 'event-1',
      residentBytes: () => 50_000_000,
    });
    this.#uplink = uplink;
    this.#close = async () => {
      await uplink.close();
      await journal.close();
    };
    await uplink.start(this.units);
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) {
      this.clock.advance(Math.min(500, left));
      await settle();
    }
  }

  async measure(count: number, unit = 'u1', lp = 50): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      this.uplink.outlet.frame(draft(unit, this.clock.nowMs(), lp));
      await this.pass(1000);
    }
  }

  connect(hub: string | null = 'HUB1'): Promise<void> {
    this.bus.connect();
    if (hub !== null) this.bus.say(topics.hubState(), { state: 'online', boot: hub, at: toInstant(this.clock.nowMs()) }, true);
    return settle();
  }

  /** The hub reads everything said so far, and acknowledges it. */
  async acknowledge(offsetMs = 0): Promise<void> {
    this.hear();
    for (const [key, frames] of this.has) {
      const [epoch = '', unit = ''] = key.split(' ');
      let upto = 0;
      while (frames.has(upto + 1) || this.#isLost(epoch, unit, upto + 1)) upto += 1;
      const message: Acknowledge = { epoch, upto: { [unit]: upto }, at: toInstant(this.clock.nowMs() + offsetMs) };
      this.bus.say(topics.ack(EDGE), message);
    }
    await settle();
  }

  hear(): void {
    for (const { topic, payload } of this.bus.sent.slice(this.#read)) {
      const read = parseTopic(topic);
      if (read?.kind === 'dod') this.#take([JSON.parse(Buffer.from(payload).toString()) as Frame]);
      if (read?.kind !== 'backfill') continue;
      const decoded = decodeBackfill(payload);
      if (decoded.kind === 'bad') throw new Error(decoded.reason);
      if (decoded.value.kind === 'frames') this.#take(decoded.value.frames);
      else
        for (const { first, last, cause } of decoded.value.ranges)
          this.lost.push(`${decoded.value.epoch} ${decoded.value.unit} ${first} ${last} ${cause}`);
    }
    this.#read = this.bus.sent.length;
  }

  seqs(unit = 'u1', epoch = 'EPOCH00001'): number[] {
    this.hear();
    return [...(this.has.get(`${epoch} ${unit}`)?.keys() ?? [])].sort((a, b) => a - b);
  }

  /** Topics without their prefix, of what was said since `from`. */
  said(from = 0): string[] {
    return this.bus.sent.slice(from).map(({ topic }) => topic.split('/').slice(2).join('/'));
  }

  newest(topic: string): unknown {
    const sent = this.bus.sent.findLast((one) => one.topic === topic);
    if (sent === undefined) throw new Error(`nothing was said on ${topic}`);
    return JSON.parse(Buffer.from(sent.payload).toString());
  }

  close(): Promise<void> {
    return this.#close?.() ?? Promise.resolve();
  }

  #isLost(epoch: string, unit: string, seq: number): boolean {
    return this.lost.some((entry) => {
      const [e, u, first, last] = entry.split(' ');
      return e === epoch && u === unit && Number(first) <= seq && seq <= Number(last);
    });
  }

  #take(frames: readonly Frame[]): void {
    for (const frame of frames) {
      const key = `${frame.epoch} ${frame.unit}`;
      const known = this.has.get(key) ?? new Map<number, Frame>();
      const before = known.get(frame.seq);
      if (before !== undefined) this.doubles += 1;
      if (before !== undefined && JSON.stringify(before) !== JSON.stringify(frame)) this.conflicts += 1;
      this.has.set(key, known.set(frame.seq, before ?? frame));
    }
  }
}

let site = new Site();
afterEach(async () => {
  await site.close();
  site = new Site();
});
const upTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('uplink', () => {
  it('gives birth with the whole retained set, and has a will of the same boot', async () => {
    await site.start();
    site.uplink.outlet.unitState('u1', { link: 'ok' } as never);
    await site.connect();
    expect(site.said()).toEqual(['demo/state', 'demo/info', 'demo/u1/state', 'demo/health']);
    expect(edgeStateSchema.parse(site.newest(topics.edgeState(EDGE)))).toMatchObject({
      state: 'online',
      boot: 'BOOT1',
      epoch: 'EPOCH00001',
    });
    edgeInfoSchema.parse(site.newest(topics.edgeInfo(EDGE)));
    edgeHealthSchema.parse(site.newest(topics.edgeHealth(EDGE)));
    expect(edgeStateSchema.parse(JSON.parse(site.uplink.lastWill().payload))).toMatchObject({ state: 'offline', boot: 'BOOT1' });
    const count = site.bus.sent.length;
    site.bus.cut();
    await site.connect();
    expect(site.said(count).slice(0, 3).sort()).toEqual(['demo/info', 'demo/state', 'demo/u1/state']);
    expect(site.bus.sent.filter(({ topic }) => topic.endsWith('/state')).every(({ retain, qos }) => retain && qos === 1)).toBe(
      true,
    );
  });

  it('empties the topics of a unit that is gone', async () => {
    await site.start();
    await site.connect();
    await site.measure(1);
    site.uplink.outlet.unitState('u1', null);
    site.uplink.outlet.unitInfo('u1', null);
    await settle();
    const emptied = site.bus.sent.filter(({ payload, retain }) => payload.length === 0 && retain).map(({ topic }) => topic);
    expect(emptied.sort()).toEqual([topics.unitInfo(EDGE, 'u1'), topics.last(EDGE, 'u1'), topics.unitState(EDGE, 'u1')]);
  });

  it('publishes a frame once it is on the disk, and its newest one retained at most every 10 s', async () => {
    await site.start();
    await site.connect();
    for (let index = 0; index < 5; index += 1) {
      await site.measure(5);
      await site.acknowledge();
    }
    expect(site.seqs()).toEqual(upTo(25));
    const lasts = site.bus.sent.filter(({ topic }) => topic === topics.last(EDGE, 'u1'));
    expect(lasts).toHaveLength(3);
    for (const last of lasts) lastSchema.parse(JSON.parse(Buffer.from(last.payload).toString()));
    expect(site.said().filter((topic) => topic.endsWith('backfill'))).toEqual([]);
  });

  it('sends live frames at once after an outage, and what is missing behind them, each frame once', async () => {
    await site.start();
    await site.connect();
    await site.measure(10);
    await site.acknowledge();
    site.bus.cut();
    await site.measure(100);
    await site.connect();
    const from = site.bus.sent.length;
    await site.measure(2);
    expect(site.said(from).indexOf('demo/u1/dod')).toBeLessThan(site.said(from).indexOf('demo/u1/backfill') >>> 0);
    await site.acknowledge();
    await site.pass(10_000);
    expect(site.seqs()).toEqual(upTo(112));
    expect([site.doubles, site.conflicts]).toEqual([0, 0]);
  });

  it('waits for the watermark after a connect, but not for ever', async () => {
    await site.start();
    await site.measure(5);
    await site.connect();
    await site.pass(4000);
    expect(site.seqs()).toEqual([]);
    await site.pass(2000);
    expect(site.seqs()).toEqual(upTo(5));
  });

  it('resumes from the watermark of a hub that has most of it', async () => {
    await site.start();
    await site.measure(30);
    await site.connect();
    site.bus.say(topics.ack(EDGE), { epoch: 'EPOCH00001', upto: { u1: 28 } });
    await settle();
    expect(site.seqs()).toEqual([29, 30]);
  });

  it('keeps everything while no hub is there, although the broker is', async () => {
    await site.start();
    await site.connect(null);
    await site.measure(30);
    expect(site.said().filter((topic) => topic.endsWith('backfill'))).toEqual([]);
    expect(site.seqs()).toEqual(upTo(30));
    site.has.clear();
    site.bus.say(topics.hubState(), { state: 'online', boot: 'HUB2', at: toInstant(site.clock.nowMs()) });
    await site.pass(6000);
    expect(site.seqs()).toEqual(upTo(30));
  });

  it('sends again to a hub that was restored from its backup', async () => {
    await site.start();
    await site.connect();
    await site.measure(40);
    await site.acknowledge();
    for (const seq of upTo(40, 11)) site.has.get('EPOCH00001 u1')?.delete(seq);
    await site.acknowledge();
    await site.pass(1000);
    expect(site.seqs()).toEqual(upTo(40));
  });

  it('sends all again of a unit of which a restored hub has never heard, though it measures no more', async () => {
    await site.start();
    await site.connect();
    for (const unit of ['u1', 'u2']) {
      await site.measure(10, unit);
      await site.acknowledge();
    }
    site.has.delete('EPOCH00001 u2');
    await site.pass(60_000);
    expect(site.seqs('u2')).toEqual([]);
    site.bus.cut();
    await site.connect('HUB2');
    site.bus.say(topics.ack(EDGE), { epoch: 'EPOCH00001', upto: { u1: 10 }, all: true, at: toInstant(site.clock.nowMs()) });
    await site.pass(6000);
    expect(site.seqs('u2')).toEqual(upTo(10));
    expect(site.doubles).toBe(0);
  });

  it('is born again for a hub that starts behind the same broker', async () => {
    await site.start();
    await site.connect();
    const from = site.bus.sent.length;
    site.bus.say(topics.hubState(), { state: 'offline', boot: 'HUB1', at: toInstant(site.clock.nowMs()) });
    await settle();
    expect(site.said(from)).toEqual([]);
    site.bus.say(topics.hubState(), { state: 'online', boot: 'HUB2', at: toInstant(site.clock.nowMs()) });
    await settle();
    expect(site.said(from)).toEqual(['demo/state', 'demo/info']);
  });

  it('names its former epochs at its birth, and sends them again to a hub that has nothing of them', async () => {
    await site.start();
    await site.connect();
    await site.measure(10);
    await site.acknowledge();
    await site.pass(5000);
    await site.close();
    site.disk.flip(site.disk.names()[0] ?? '', 40);
    await site.start();
    await site.connect('HUB2');
    expect(site.newest(topics.edgeState(EDGE))).toMatchObject({ epoch: 'EPOCH00002', epochs: ['EPOCH00001'] });
    site.has.clear();
    for (const epoch of ['EPOCH00001', 'EPOCH00002'])
      site.bus.say(topics.ack(EDGE), { epoch, upto: {}, all: true, at: toInstant(site.clock.nowMs()) });
    await site.pass(6000);
    site.hear();
    const [key] = site.has.keys();
    expect(key).toBe('EPOCH00001 u1');
    expect(site.seqs().length + site.lost.length).toBeGreaterThan(0);
  });

  it('starts again where it stopped after a restart with the hub away', async () => {
    await site.start();
    await site.measure(20);
    await site.close();
    await site.start();
    await site.measure(5);
    await site.connect();
    await site.pass(6000);
    expect(site.seqs()).toEqual(upTo(25));
    expect(site.conflicts).toBe(0);
  });

  it('names what the journal had to drop, so that the watermark passes it', async () => {
    await site.start();
    await site.measure(400);
    await site.connect();
    await site.pass(6000);
    await site.acknowledge();
    await site.pass(6000);
    const [first] = site.seqs();
    expect(site.lost).toEqual([`EPOCH00001 u1 1 ${(first ?? 0) - 1} journal-full`]);
    expect(site.seqs().at(-1)).toBe(400);
    await site.pass(60_000);
    const health = edgeHealthSchema.parse(site.newest(topics.edgeHealth(EDGE)));
    expect(health).toMatchObject({ dropped_frames: (first ?? 0) - 1, unsent_frames: 0, oldest_unsent: null });
  });

  it('connects anew when the broker does not acknowledge', async () => {
    await site.start();
    site.bus.acknowledges = false;
    await site.connect();
    await site.pass(61_000);
    expect(site.bus.reconnects).toHaveLength(1);
    expect(site.bus.connected).toBe(false);
  });

  it('keeps events and answers for the next session', async () => {
    await site.start();
    site.uplink.outlet.unitEvent('u1', { id: 'e1', at: toInstant(START_MS), kind: 'run-changed', text: 'Start' });
    await site.connect();
    expect(site.said()).toContain('demo/u1/event');
  });

  it('tells events in their order, also those that a session took with it', async () => {
    await site.start();
    await site.connect();
    site.bus.acknowledges = false;
    for (const id of ['e1', 'e2', 'e3'])
      site.uplink.outlet.unitEvent('u1', { id, at: toInstant(START_MS), kind: 'slot', text: id });
    site.bus.cut();
    await settle();
    const from = site.bus.sent.length;
    site.bus.acknowledges = true;
    await site.connect();
    const events = site.bus.sent.slice(from).filter(({ topic }) => topic === topics.unitEvent(EDGE, 'u1'));
    expect(events.map(({ payload }) => (JSON.parse(Buffer.from(payload).toString()) as { id: string }).id)).toEqual([
      'e1',
      'e2',
      'e3',
    ]);
  });

  it('drops a frame that does not fit the contract, and counts it', async () => {
    await site.start();
    await site.connect();
    site.uplink.outlet.frame({ ...draft('u1', START_MS), lp: 999 });
    await site.measure(1);
    expect(site.seqs()).toEqual([1]);
    await site.pass(60_000);
    expect(site.newest(topics.edgeHealth(EDGE))).toMatchObject({ refused_frames: 1 });
  });
});

describe('economy uplink', () => {
  it('sends a batch a minute, and little else', async () => {
    await site.start({ mode: 'economy', lastEveryMs: 900_000, healthEveryMs: 900_000, batchFrames: 300 });
    await site.connect();
    await site.acknowledge();
    const from = site.bus.sent.length;
    for (let index = 0; index < 60; index += 1) {
      await site.measure(10);
      await site.acknowledge();
    }
    const said = site.said(from);
    expect(said.filter((topic) => topic === 'demo/u1/backfill').length).toBeGreaterThanOrEqual(9);
    const qos = site.bus.sent.slice(from).flatMap((one) => (one.topic.endsWith('backfill') ? [one.qos] : []));
    expect(new Set(qos)).toEqual(new Set([0]));
    expect(said.length).toBeLessThanOrEqual(13);
    for (let index = 0; index < 7; index += 1) {
      await site.pass(10_000);
      await site.acknowledge();
    }
    expect(site.seqs()).toEqual(upTo(600));
    expect(site.doubles).toBe(0);
  });

  it('asks the broker to answer for a backlog, and sends again what is not acknowledged for ten minutes', async () => {
    await site.start({ mode: 'economy' });
    await site.measure(50);
    await site.connect();
    await site.pass(6000);
    const sent = () => site.bus.sent.filter(({ topic }) => topic.endsWith('backfill'));
    expect(sent().map(({ qos }) => qos)).toEqual([1, 1, 1]);
    await site.pass(500_000);
    expect(sent()).toHaveLength(3);
    await site.pass(120_000);
    expect(sent().length).toBeGreaterThan(3);
    expect(sent().at(-1)?.qos).toBe(1);
  });

  it('sends at once what somebody watches or a rule waits for', async () => {
    await site.start({ mode: 'economy' });
    await site.connect();
    const demand = (watched: boolean): unknown => ({
      at: toInstant(START_MS),
      units: { u1: { watched, stream: false, send_above: 70 } },
    });
    site.bus.say(topics.demand(EDGE), demand(false), true);
    await site.measure(3);
    expect(site.seqs()).toEqual([]);
    await site.measure(1, 'u1', 70);
    expect(site.seqs()).toEqual([4]);
    site.bus.say(topics.demand(EDGE), demand(true), true);
    await site.measure(2);
    expect(site.seqs()).toEqual([4, 5, 6]);
    await site.pass(61_000);
    expect(site.seqs()).toEqual(upTo(6));
    expect(site.doubles).toBe(0);
    expect(site.units.demands).toHaveLength(2);
  });
});

describe('clock', () => {
  it('corrects frames that nobody has seen when the clock is set right, and says so for the others', async () => {
    site = new Site(Date.UTC(1970, 0, 1, 0, 5));
    await site.start();
    await site.connect();
    await site.measure(3);
    await site.acknowledge();
    site.bus.cut();
    await site.measure(3);
    site.clock.stepWall(START_MS - Date.UTC(1970, 0, 1, 0, 5));
    await site.measure(2);
    await site.connect();
    await site.pass(8000);
    const at = [...(site.has.get('EPOCH00001 u1')?.values() ?? [])];
    site.hear();
    const times = Object.fromEntries(
      [...(site.has.get('EPOCH00001 u1')?.entries() ?? [])].map(([seq, frame]) => [seq, frame.at]),
    );
    expect(at).toHaveLength(3);
    expect(times[3]).toBe('1970-01-01T00:05:02.000Z');
    expect(times[4]).toBe(toInstant(START_MS + 3000));
    expect(times[6]).toBe(toInstant(START_MS + 5000));
    expect(times[7]).toBe(toInstant(START_MS + 6000));
    expect(site.newest(topics.unitEvent(EDGE, 'u1'))).toMatchObject({ kind: 'clock-stepped' });
    expect(site.conflicts).toBe(0);
  });

  it('measures its offset against the hub and stamps frames with it', async () => {
    await site.start();
    await site.connect();
    await site.measure(1);
    await site.acknowledge(-5000);
    await site.measure(1);
    site.hear();
    const stamp = site.has.get('EPOCH00001 u1')?.get(2)?.offset_ms ?? 0;
    expect(stamp).toBeGreaterThan(3900);
    expect(stamp).toBeLessThanOrEqual(5000);
  });
});

describe('what the hub says', () => {
  const config = (revision: number, ...units: string[]): DesiredConfig => ({
    revision,
    at: toInstant(START_MS),
    units: units.map((unit) => ({
      unit,
      host: 'meter',
      port: 2255,
      enabled: true,
      acquisition: 'dod',
      poll_interval_s: 1,
      ftp: null,
    })),
  });

  it('is applied, answered and kept for a start with the hub away', async () => {
    await site.start();
    await site.connect();
    site.bus.say(topics.config(EDGE), config(3, 'u1', 'u2'), true);
    await settle();
    expect(site.newest(topics.applied(EDGE))).toMatchObject({ revision: 3, error: null, units: { u1: { ok: true } } });
    expect(site.newest(topics.edgeInfo(EDGE))).toMatchObject({ config_revision: 3, units: ['u1', 'u2'] });
    await site.close();
    site.units = new FakeUnits();
    await site.start();
    expect(site.units.applied).toEqual([['u1', 'u2']]);
  });

  it('is refused when it is older than what is in force, and not repeated when it is the same', async () => {
    await site.start();
    await site.connect();
    for (const one of [config(3, 'u1'), config(3, 'u1'), config(2, 'u9')]) site.bus.say(topics.config(EDGE), one, true);
    await settle();
    expect(site.units.applied).toEqual([['u1']]);
    expect(site.newest(topics.applied(EDGE))).toMatchObject({ revision: 3, error: expect.stringContaining('older') });
  });

  it('is carried out and answered when it is a command, unless it was retained', async () => {
    await site.start();
    await site.connect();
    const command = {
      id: 'command-1',
      unit: 'u1',
      op: 'clock-get',
      args: {},
      by: 'me',
      expires_at: toInstant(START_MS + 60_000),
    };
    site.bus.say(topics.command(EDGE), command, true);
    await settle();
    expect(site.said()).not.toContain('demo/hub/reply');
    site.bus.say(topics.command(EDGE), command);
    await settle();
    const replies = site.bus.sent
      .filter(({ topic }) => topic === topics.reply(EDGE))
      .map(({ payload }) => JSON.parse(Buffer.from(payload).toString()) as unknown);
    expect(replies).toEqual([
      { id: 'command-1', progress: { step: 'half way', done: 1, of: 2 } },
      { id: 'command-1', ok: true, result: 'clock-get' },
    ]);
  });

  it('tells of a long command what a person can follow, and keeps nothing of that for a hub that is away', async () => {
    await site.start();
    await site.connect();
    let progress: Parameters<Units['execute']>[1] = () => undefined;
    let end = (): void => undefined;
    site.units.execute = (command, told) => {
      progress = told;
      return new Promise((resolve) => {
        end = () => resolve({ id: command.id, ok: true, result: null });
      });
    };
    site.bus.say(topics.command(EDGE), { id: 'c-1', unit: 'u1', op: 'folder-get', expires_at: toInstant(START_MS + 60_000) });
    await settle();
    const replies = (): unknown[] =>
      site.bus.sent
        .filter(({ topic }) => topic === topics.reply(EDGE))
        .map(({ payload }) => JSON.parse(Buffer.from(payload).toString()) as unknown);
    for (let piece = 1; piece <= 1000; piece += 1) progress('reading', piece, 3000);
    await site.pass(2000);
    expect(replies().map((reply) => (reply as { progress: { done: number } }).progress.done)).toEqual([1, 1000]);
    site.bus.cut();
    for (let piece = 1001; piece <= 3000; piece += 1) {
      progress('reading', piece, 3000);
      if (piece % 100 === 0) await site.pass(500);
    }
    end();
    await settle();
    await site.connect();
    expect(replies().slice(2)).toEqual([{ id: 'c-1', ok: true, result: null }]);
  });

  it.each([
    ['an argument that would end the line', { op: 'clock-set', args: { clock: '2026/01/01 10:00:00\r\nMeasure,Stop' } }],
    ['no expiry', { op: 'clock-get', expires_at: undefined }],
    ['no operation', { op: 'Clock?' }],
  ])('is refused, not carried out, when it is a command with %s', async (_what, wrong) => {
    await site.start();
    await site.connect();
    site.bus.say(topics.command(EDGE), { id: 'c.1', unit: 'u1', expires_at: toInstant(START_MS + 60_000), ...wrong });
    await settle();
    expect(site.newest(topics.reply(EDGE))).toMatchObject({ id: 'c.1', ok: false, error: { code: 'bad-args' } });
  });

  it('is counted when it cannot be read, and costs nothing else', async () => {
    await site.start();
    await site.connect();
    for (const topic of [topics.ack(EDGE), topics.config(EDGE), topics.command(EDGE), topics.demand(EDGE), topics.hubState()])
      site.bus.say(topic, { no: 'sense' });
    await site.measure(1);
    await site.pass(60_000);
    expect(site.seqs()).toEqual([1]);
    expect(site.newest(topics.edgeHealth(EDGE))).toMatchObject({ bad_messages: 5 });
  });
});

describe('the count of bytes', () => {
  it('goes on over a restart within a month and begins anew with the next', async () => {
    await site.start();
    await site.connect();
    await site.pass(61_000);
    const first = edgeHealthSchema.parse(site.newest(topics.edgeHealth(EDGE))).wan_bytes_month;
    expect(first).toBeGreaterThan(0);
    await site.close();
    await site.start();
    await site.connect();
    await site.pass(61_000);
    expect(edgeHealthSchema.parse(site.newest(topics.edgeHealth(EDGE))).wan_bytes_month).toBeGreaterThan(first);
    site.clock.stepWall(31 * 86_400_000);
    await site.pass(61_000);
    expect(edgeHealthSchema.parse(site.newest(topics.edgeHealth(EDGE))).wan_bytes_month).toBeLessThan(first);
  });
});
