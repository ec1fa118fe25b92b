/**
 * The delivery of frames in a world without real time: the edge's journal and uplink, the hub's ingest, a network that delays, doubles, reorders and loses, and disks that
 * forget what was not synced. Everything random comes from one seed, so a failing seed replays.
 */
import { type Journal, openJournal, PowerCut, SimDisk, type BusClient, type BusListener, Uplink } from '@slmm/edge-agent/testing';
import { createMetrics, Ingest, MemoryReadingStore } from '@slmm/hub/testing';
import { type Acknowledge, type EdgeHealth, type EdgeState, type Frame, parseTopic, topics } from '@slmm/protocol';
import { exampleFrame } from '@slmm/protocol/testing';
import { createLogger, FakeClock, toInstant } from '@slmm/shared';
import { seeded } from '../seeded.ts';

const EDGE = 'site';
const START_MS = Date.UTC(2026, 10, 23, 6);
const log = createLogger('simulation', 'silent');
const nothing = () => Promise.resolve();

/** What befalls the world. */
export type Mishap =
  | 'link-cut'
  | 'broker-loses'
  | 'hub-crash'
  /** The hub starts again with the database as it was some time ago. */
  | 'hub-restored'
  | 'edge-kill'
  | 'edge-power-cut'
  | 'database-fails'
  | 'edge-disk-fails'
  | 'clock-back'
  | 'clock-forward';

/** A bus with a broker that acknowledges at once, whatever becomes of the message then. */
class SimBus implements BusClient {
  listener: BusListener | null = null;
  connected = false;
  readonly congested = false;
  bytes = 0;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  start(listener: BusListener): void {
    this.listener = listener;
  }

  /** Its program is dead: whatever of it still runs in this process hears nothing any more. */
  dead = false;

  publish(topic: string, payload: string | Uint8Array): Promise<boolean> {
    if (this.dead) return new Promise(() => undefined);
    if (!this.connected) return Promise.resolve(false);
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    this.bytes += bytes.length;
    this.#world.carry(this, topic, bytes);
    return Promise.resolve(true);
  }

  reconnect(): void {
    this.cut();
  }

  cut(): void {
    if (!this.connected) return;
    this.connected = false;
    this.listener?.disconnected('cut');
  }

  close(): Promise<void> {
    this.connected = false;
    return Promise.resolve();
  }
}

/** The database: what was committed stays, whatever becomes of the hub. */
class SimStore extends MemoryReadingStore {
  failing = false;
  readonly #commits: Parameters<MemoryReadingStore['append']>[0][] = [];
  /** How often each (unit, epoch, seq) was handed over for storing as something new. */
  readonly stored = new Map<string, number>();

  override async append(batch: Parameters<MemoryReadingStore['append']>[0]): Promise<void> {
    if (this.failing) throw new Error('the database is away');
    for (const { frame } of batch.readings) {
      const key = keyOf(frame);
      this.stored.set(key, (this.stored.get(key) ?? 0) + 1);
    }
    this.#commits.push(batch);
    await super.append(batch);
  }

  /** A backup that has this share of all commits so far. */
  async backup(share: number): Promise<SimStore> {
    const backup = new SimStore();
    for (const batch of this.#commits.slice(0, Math.floor(this.#commits.length * share))) await backup.append(batch);
    return backup;
  }
}

export const keyOf = (frame: Pick<Frame, 'unit' | 'epoch' | 'seq'>): string => `${frame.unit} ${frame.epoch} ${frame.seq}`;

export class World {
  readonly clock = new FakeClock(START_MS);
  readonly disk = new SimDisk();
  store = new SimStore();
  readonly #random: () => number;
  /** Frames that were on the disk at some time: exactly these must end up in the history. */
  readonly journalled = new Map<string, string>();
  readonly problems: string[] = [];
  /** Frames that a failing disk cost and the ledger names. */
  writtenOff = 0;
  #diskFailed = false;
  readonly #watermarks = new Map<string, number>();
  readonly #units: readonly string[];
  readonly #economy: boolean;
  #bus = new SimBus(this);
  #uplink: Uplink | null = null;
  #ingest: Ingest | null = null;
  #hubLife = 0;
  #epochs = 0;
  #boots = 0;
  #linkUp = true;
  #brokerLoses = false;
  #level = 40;

  constructor(seed: number, units: readonly string[], economy: boolean) {
    this.#economy = economy;
    this.#random = seeded(seed);
    this.#units = units;
  }

  async start(): Promise<void> {
    await this.#whilePassing(this.#startHub());
    await this.#whilePassing(this.#startEdge());
  }

  /** A message on its way from edge to hub: late, perhaps twice, perhaps never. */
  carry(from: SimBus, topic: string, payload: Uint8Array): void {
    const copies = this.#random() < 0.05 ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      if (this.#brokerLoses && this.#random() < 0.5) continue;
      this.clock.after(5 + this.#random() * 400, () => {
        const read = parseTopic(topic);
        if (from !== this.#bus && this.#random() < 0.5) return;
        if (read?.kind === 'dod' || read?.kind === 'backfill') {
          const { kind, edge, unit } = read;
          void this.#ingest?.receive(
            { kind: kind === 'dod' ? 'dod' : 'backfill', edge, unit },
            { topic, payload, retained: false },
          );
        } else if (read?.kind === 'edge-state') this.#heardState(payload);
        else if (read?.kind === 'edge-health') {
          const { epochs = [] } = JSON.parse(Buffer.from(payload).toString()) as EdgeHealth;
          this.#ingest?.edgeAsks(EDGE, epochs);
        }
      });
    }
  }

  /** Every unit gives a frame, if there is an edge to take it. */
  measure(): void {
    for (const unit of this.#units) {
      this.#level = 30 + Math.round(this.#random() * 600) / 10;
      this.#uplink?.outlet.frame(
        exampleFrame({
          unit,
          at: toInstant(this.clock.nowMs()),
          lp: this.#level,
          interval: { s: 1, leq: this.#level, lmax: null, lmin: null, lpeak: null, basis: 'lp', ticks: 0 },
        }),
      );
    }
  }

  async pass(ms: number): Promise<void> {
    const endMs = this.clock.monotonicMs() + ms;
    while (this.clock.monotonicMs() < endMs) {
      const dueMs = this.clock.nextDueMs() ?? endMs;
      this.clock.advance(Math.max(1, Math.min(dueMs, endMs) - this.clock.monotonicMs()));
      await settle();
    }
  }

  async befall(mishap: Mishap): Promise<void> {
    switch (mishap) {
      case 'link-cut':
        this.#linkUp = false;
        this.#bus.cut();
        return;
      case 'broker-loses':
        this.#brokerLoses = true;
        return;
      case 'hub-crash':
        this.#hubLife += 1;
        this.#ingest = null;
        return;
      case 'hub-restored':
        this.#hubLife += 1;
        this.#ingest = null;
        this.store = await this.store.backup(this.#random());
        this.#watermarks.clear();
        return;
      case 'edge-kill':
        this.disk.kill();
        this.#loseEdge();
        return;
      case 'edge-power-cut':
        this.disk.crash(this.#random);
        this.#loseEdge();
        return;
      case 'database-fails':
        this.store.failing = true;
        return;
      case 'edge-disk-fails':
        this.#diskFailed = true;
        this.disk.fail('EIO', 3);
        return;
      case 'clock-back':
        this.clock.stepWall(-86_400_000);
        return;
      case 'clock-forward':
        this.clock.stepWall(86_400_000);
    }
  }

  /** Everything that was broken works again; what is dead is started. */
  async mend(): Promise<void> {
    this.store.failing = false;
    this.#brokerLoses = false;
    this.#linkUp = true;
    this.disk.heal();
    if (this.#ingest === null) await this.#whilePassing(this.#startHub());
    if (this.#uplink === null) await this.#whilePassing(this.#startEdge());
    this.#connectSoon();
  }

  /** What is wrong at the end: empty when every journalled frame is in the history once and nothing else is. */
  async verdict(): Promise<string[]> {
    const wrong = [...this.problems];
    const streams = await this.store.streams();
    for (const key of this.journalled.keys()) {
      if (this.store.stored.has(key)) continue;
      const [unit, epoch, seq] = key.split(' ');
      const lost = streams.find((stream) => stream.unit === unit && stream.epoch === epoch)?.lost ?? [];
      const named = lost.find(({ first, last }) => first <= Number(seq) && Number(seq) <= last);
      // A damaged disk may cost frames, but never silently.
      if (named === undefined || !this.#diskFailed) wrong.push(`lost${named === undefined ? '' : ` (${named.cause})`}: ${key}`);
      else this.writtenOff += 1;
    }
    for (const [key, times] of this.store.stored) {
      if (times > 1) wrong.push(`stored ${times} times: ${key}`);
      if (!this.journalled.has(key)) wrong.push(`stored but never journalled: ${key}`);
    }
    return wrong;
  }

  close(): void {
    this.#hubLife += 1;
    this.#ingest = null;
    this.#loseEdge();
  }

  /** Starting may wait for time to pass, which it does only here. */
  async #whilePassing(work: Promise<void>): Promise<void> {
    const start = { done: false };
    const done = work.finally(() => {
      start.done = true;
    });
    for (let turn = 0; !start.done && turn < 10_000; turn += 1) {
      await settle();
      if (!start.done) await this.pass(10);
    }
    if (!start.done) throw new Error('a program never came up');
    await done;
  }

  async #startHub(): Promise<void> {
    const life = (this.#hubLife += 1);
    const alive = (): boolean => life === this.#hubLife;
    const ingest = await Ingest.load({
      // A hub that was killed writes and says nothing more, though its timers still run in this process.
      store: {
        append: (batch) => (alive() ? this.store.append(batch) : new Promise(() => undefined)),
        streams: (of) => this.store.streams(of),
      },
      clock: this.clock,
      log,
      metrics: createMetrics(false),
      random: this.#random,
      economy: () => this.#economy,
      enrolled: () => true,
      complaints: { say: (_reason, _source, topic, text) => this.problems.push(`complaint about ${topic}: ${text}`) },
      committed: () => undefined,
      bus: { publish: (topic, payload) => (alive() ? this.#toEdge(topic, String(payload)) : nothing()) },
    });
    this.#ingest = ingest;
    this.#tellHub();
    ingest.announceAll();
  }

  #toEdge(topic: string, payload: string): Promise<void> {
    this.#checkWatermarks(payload);
    const bus = this.#bus;
    if (bus.connected && this.#random() > 0.05) {
      this.clock.after(5 + this.#random() * 200, () => {
        if (bus.connected) bus.listener?.message({ topic, payload: Buffer.from(payload), retained: false });
      });
    }
    return Promise.resolve();
  }

  #checkWatermarks(payload: string): void {
    const { epoch, upto } = JSON.parse(payload) as Acknowledge;
    for (const [unit, seq] of Object.entries(upto)) {
      const before = this.#watermarks.get(`${epoch} ${unit}`) ?? 0;
      if (seq < before) this.problems.push(`watermark of ${unit} went back from ${before} to ${seq}`);
      this.#watermarks.set(`${epoch} ${unit}`, Math.max(before, seq));
    }
  }

  #heardState(payload: Uint8Array): void {
    const { state, epoch, epochs } = JSON.parse(Buffer.from(payload).toString()) as EdgeState;
    if (state === 'online') this.#ingest?.edgeBorn(EDGE, [epoch, ...(epochs ?? [])]);
  }

  #tellHub(retained = false): void {
    const state = JSON.stringify({ state: 'online', boot: `hub-${(this.#boots += 1)}`, at: toInstant(this.clock.nowMs()) });
    this.clock.after(20, () => {
      if (this.#bus.connected) this.#bus.listener?.message({ topic: topics.hubState(), payload: Buffer.from(state), retained });
    });
  }

  async #startEdge(): Promise<void> {
    this.#bus = new SimBus(this);
    try {
      const journal = await openJournal({
        disk: this.disk.boot(),
        clock: this.clock,
        log,
        newEpoch: () => `EPOCH${String((this.#epochs += 1)).padStart(5, '0')}`,
        syncWindowMs: 50,
        segmentBytes: 4000,
        maxBytes: 10_000_000,
        maxAgeMs: 1e10,
        keepAcknowledgedMs: 3_600_000,
        maxPendingFrames: 100_000,
      });
      const uplink = new Uplink({
        options: {
          edge: EDGE,
          boot: `boot-${(this.#boots += 1)}`,
          version: '1',
          node: '20',
          mode: this.#economy ? 'economy' : 'live',
          batchFrames: 20,
          batchMs: 5000,
          backfillPerS: 1000,
          lastEveryMs: 10_000,
          healthEveryMs: 60_000,
          journalMaxBytes: 10_000_000,
          journalMaxAgeMs: 1e10,
        },
        journal,
        bus: this.#bus,
        clock: this.clock,
        sinceBootMs: () => this.clock.monotonicMs(),
        log,
        configFile: { read: () => Promise.resolve(null), write: nothing },
        wanFile: { read: () => Promise.resolve(null), write: nothing },
        newId: () => 'event',
        residentBytes: () => 0,
      });
      this.#watch(journal);
      await uplink.start({
        apply: () => ({}),
        execute: () => Promise.reject(new Error('no commands here')),
        demand: () => undefined,
        health: () => ({}),
        announce: () => undefined,
        close: nothing,
      });
      this.#uplink = uplink;
      this.#connectSoon();
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
    }
  }

  /** Hears what becomes durable before the uplink does. */
  #watch(journal: Journal): void {
    const listen = journal.listen.bind(journal);
    journal.listen = (listener) =>
      listen({
        ...listener,
        durable: (frames) => {
          for (const frame of frames) this.#journalledFrame(frame);
          listener.durable(frames);
        },
      });
  }

  #journalledFrame(frame: Frame): void {
    const key = keyOf(frame);
    const content = JSON.stringify({ ...frame, at: null });
    const before = this.journalled.get(key);
    if (before !== undefined && before !== content) this.problems.push(`seq used twice: ${key}`);
    this.journalled.set(key, content);
  }

  #loseEdge(): void {
    this.#bus.connected = false;
    this.#bus.dead = true;
    this.#uplink = null;
  }

  #connectSoon(): void {
    const bus = this.#bus;
    this.clock.after(100 + this.#random() * 900, () => {
      if (bus !== this.#bus || bus.connected || !this.#linkUp || bus.listener === null) return;
      bus.connected = true;
      bus.listener.connected();
      this.#tellHub(true);
    });
  }
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((done) => setImmediate(done));
};
