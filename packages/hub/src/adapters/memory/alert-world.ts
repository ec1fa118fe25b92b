import type { Frame } from '@slmm/protocol';
import { type Clock, createLogger, FakeClock } from '@slmm/shared';
import { frameAt, START_MS } from '../../alerts/alert-example.ts';
import type { AlertStore } from '../../alerts/alert-store.ts';
import type { Announcement } from '../../alerts/records/commit-queue.ts';
import { AlertEngine } from '../../alerts/engine.ts';
import type { EventRecord } from '../../alerts/records/event-record.ts';
import { ruleSchema, type RuleDraft } from '../../alerts/rules/rule.ts';
import { withRange } from '../../history/ledger/seq-ranges.ts';
import type { ReadingStore, SeqRanges } from '../../history/reading-store.ts';
import type { Delivery, Message } from '../../notify/channel.ts';
import { Outbox } from '../../notify/outbox.ts';
import { type Receiver, receiverSchema } from '../../notify/receiver.ts';
import { MemoryAlertStore } from './memory-alert-store.ts';
import { MemoryReadingStore } from './memory-reading-store.ts';

const ANN = receiverSchema.parse({ id: 'ann', name: 'Ann', channels: [{ kind: 'log' }], group_wait_s: 0 });

/** A hub's alerts in memory. `crash` leaves everything behind that is not on the disk. */
export class AlertWorld {
  readonly clock = new FakeClock(START_MS);
  readonly store = new MemoryAlertStore();
  readonly readings = new MemoryReadingStore();
  readonly announced: Announcement[] = [];
  readonly forgotten: string[] = [];
  /** Calls of the stores that fail, by name. */
  readonly faults = new Set<keyof AlertStore | keyof ReadingStore>();
  online = true;
  hubOnline = true;
  /** The edge sends in batches. */
  batches = false;
  zone = 'UTC';
  engine: AlertEngine;
  /** Whether the hub dies at this call of a store or channel, before or after it is carried out. */
  fate: (call: string) => 'lives' | 'dies-before' | 'dies-after' = () => 'lives';
  /** What the channel was given, in a world with an outbox. */
  readonly sent: Message[] = [];
  readonly #delivers: boolean;
  readonly #settled = new Map<string, SeqRanges>();
  #life = { isOver: false };

  /** `delivers`: with an outbox that sends. */
  constructor(delivers = false) {
    this.#delivers = delivers;
    this.engine = this.#create();
  }

  get isDead(): boolean {
    return this.#life.isOver;
  }

  #create(): AlertEngine {
    const life = { isOver: false };
    this.#life = life;
    const outbox = this.#delivers ? this.#outbox(life) : null;
    outbox?.start();
    return new AlertEngine({
      toldLater: () => outbox?.nudge(),
      store: this.#frail(this.store, life),
      readings: this.#frail(this.readings, life),
      clock: mortalClock(this.clock, life),
      log: createLogger('test', 'silent'),
      zoneOf: () => this.zone,
      edgeOf: () => 'site',
      edges: () => [{ edge: 'site', online: this.online }],
      unitsOf: () => ['u1'],
      sendsBatches: () => this.batches,
      hubOnline: () => this.hubOnline,
      announce: (announcement) => this.announced.push(announcement),
      forgotten: (unit, rule) => this.forgotten.push(`${unit}/${rule}`),
    });
  }

  /** A store that fails where it is told to, and answers nothing once its user is dead. */
  #frail<T extends AlertStore | ReadingStore>(store: T, life: { isOver: boolean }): T {
    return new Proxy(store, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]): Promise<unknown> => {
          if ([...this.faults].some((fault) => fault === name)) throw new Error(`no ${String(name)} for now`);
          return this.#fateful(String(name), life, () => Reflect.apply(value, target, args) as Promise<unknown>);
        };
      },
    });
  }

  async #fateful<R>(call: string, life: { isOver: boolean }, work: () => Promise<R>): Promise<R> {
    const never = new Promise<R>(() => undefined);
    if (life.isOver) return never;
    const fate = this.fate(call);
    life.isOver = fate === 'dies-before';
    if (life.isOver) return never;
    const result = await work();
    life.isOver ||= fate === 'dies-after';
    return life.isOver ? never : result;
  }

  #outbox(life: { isOver: boolean }): Outbox {
    const send = (message: Message): Promise<Delivery> =>
      this.#fateful('send', life, () => {
        this.sent.push(message);
        return Promise.resolve({ kind: 'delivered', detail: '' });
      });
    return new Outbox({
      store: this.#frail(this.store, life),
      clock: mortalClock(this.clock, life),
      log: createLogger('test', 'silent'),
      random: () => 0,
      senders: [{ kind: 'log', send }],
      receiver: (id) => (id === ANN.id ? ANN : null),
      disable: () => Promise.resolve(),
    });
  }

  /** Begins with receiver `ann` (told in the log, at once) and these rules. */
  async start(...drafts: RuleDraft[]): Promise<void> {
    await this.receiver();
    await this.engine.start();
    for (const draft of drafts) await this.engine.putRule(ruleSchema.parse(draft));
  }

  async receiver(more: Partial<Receiver> = {}): Promise<void> {
    await this.store.putReceiver({ ...ANN, ...more });
    await this.engine.reloadReceivers();
  }

  async crash(): Promise<void> {
    this.#life.isOver = true;
    this.engine = this.#create();
    await this.engine.start();
  }

  /** Stored, as ingest does it, and nobody told yet. */
  async keep(...frames: readonly Frame[]): Promise<void> {
    const readings = frames.map((frame) => ({ frame, atMs: Date.parse(frame.at), late: false }));
    for (const { unit, epoch, seq } of frames) {
      const key = `${unit} ${epoch}`;
      this.#settled.set(key, withRange(this.#settled.get(key) ?? [], seq, seq));
    }
    const streams = [...this.#settled].map(([key, settled]) => {
      const [unit = '', epoch = ''] = key.split(' ');
      return { unit, epoch, edge: 'site', settled, lost: [] };
    });
    await this.readings.append({ readings, streams, deadLetters: [] });
  }

  /** Stored, then told: the order in which ingest does it. */
  async arrive(...frames: readonly Frame[]): Promise<void> {
    await this.keep(...frames);
    for (const frame of frames) {
      const late = this.clock.nowMs() - Date.parse(frame.at) > 90_000;
      this.engine.frame(frame.unit, frame, late);
    }
  }

  /** Frames of one level, one a second, from second `from` to second `to`, each when it is due. */
  async seconds(from: number, to: number, levelDb: number, more: Partial<Frame> = {}): Promise<void> {
    for (let second = from; second <= to; second += 1) {
      await this.until(second);
      await this.arrive(frameAt(second, levelDb, more));
    }
  }

  /** Lets time pass until this second, and what is under way go on. */
  async until(second: number): Promise<void> {
    const untilMs = START_MS + second * 1000;
    while (this.clock.nowMs() < untilMs) {
      this.clock.advance(Math.min(1000, untilMs - this.clock.nowMs()));
      await turn();
    }
  }

  /** Lets late readings be weighed and everything be written. */
  async settle(): Promise<void> {
    for (let round = 0; round < 4; round += 1) {
      await turn();
      this.clock.advance(500);
    }
    await this.engine.settled();
  }

  async events(kind: EventRecord['kind'] = 'threshold'): Promise<EventRecord[]> {
    const events = await this.store.events({ limit: 10_000, superseded: true });
    return events.map(({ record }) => record).filter((record) => record.kind === kind);
  }

  /** What was decided to tell: event, step and receiver, in the order of their making. */
  async told(): Promise<string[]> {
    const entries = await this.store.outbox({ limit: 10_000 });
    const inOrder = entries.toSorted((a, b) => a.createdMs - b.createdMs || a.place - b.place);
    return inOrder.map(({ rule, step, receiver, alert }) => `${rule} ${step} ${receiver} ${alert.level ?? ''}`.trim());
  }
}

const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

function mortalClock(clock: Clock, life: { readonly isOver: boolean }): Clock {
  return {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    after: (delayMs, task) => clock.after(delayMs, () => (life.isOver ? undefined : task())),
  };
}
