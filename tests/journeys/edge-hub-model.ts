/** What a hub must make of an edge's frames, in a few lines, behind a real broker: dedupe, watermark, acknowledge. For tests of the edge alone. */
import { decodeBackfill, filters, type Frame, frameSchema, parseTopic, topics } from '@slmm/protocol';
import { Access, AedesBroker, createMetrics, MemoryAccessStore, MemoryFleetStore } from '@slmm/hub/testing';
import { createLogger, systemClock, toInstant } from '@slmm/shared';

const log = createLogger('test', 'silent');

export class HubModel {
  readonly edge: string;
  /** By epoch and unit: seq to the frame as it came first. */
  readonly frames = new Map<string, Map<number, string>>();
  readonly lost = new Map<string, Set<number>>();
  /** Retained topics as last heard. */
  readonly retained = new Map<string, string>();
  readonly replies: unknown[] = [];
  conflicts: string[] = [];
  doubles = 0;
  heard = 0;
  acknowledging = true;
  port = 0;
  #broker: AedesBroker | null = null;
  #dirty = new Set<string>();
  #timer: NodeJS.Timeout | null = null;

  constructor(edge: string) {
    this.edge = edge;
  }

  /** Opens the broker (on its former port after a stop) and says that the hub is there. */
  async start(): Promise<void> {
    const access = new Access({ mode: 'none', store: new MemoryAccessStore(new MemoryFleetStore()), clock: systemClock });
    const broker = await AedesBroker.create({
      host: '127.0.0.1',
      port: this.port,
      certificate: null,
      access,
      clock: systemClock,
      log,
      metrics: createMetrics(false),
    });
    this.port = await broker.listen();
    this.#broker = broker;
    await broker.subscribe(filters.fromEdge(this.edge), ({ topic, payload }) => this.#take(topic, payload));
    await this.say(topics.hubState(), { state: 'online', boot: `hub-${Date.now()}`, at: toInstant(Date.now()) }, true);
    this.#timer = setInterval(() => this.#acknowledge(), 100);
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#broker?.close();
    this.#broker = null;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  async say(topic: string, content: unknown, retain = false): Promise<void> {
    await this.#broker?.publish(topic, JSON.stringify(content), { qos: 1, retain });
  }

  watermark(epoch: string, unit: string): number {
    const key = `${epoch} ${unit}`;
    let upto = 0;
    while (this.frames.get(key)?.has(upto + 1) === true || this.lost.get(key)?.has(upto + 1) === true) upto += 1;
    return upto;
  }

  #take(topic: string, payload: Uint8Array): void {
    const read = parseTopic(topic);
    this.heard += 1;
    const text = (): string => Buffer.from(payload).toString();
    if (read === null) throw new Error(`an edge published on ${topic}`);
    if (read.kind === 'dod') this.#frames([frameSchema.parse(JSON.parse(text()))]);
    else if (read.kind === 'reply') this.replies.push(JSON.parse(text()));
    else if (read.kind === 'backfill') {
      const decoded = decodeBackfill(payload);
      if (decoded.kind === 'bad') throw new Error(decoded.reason);
      const { epoch, unit } = decoded.value;
      if (decoded.value.kind === 'frames') return this.#frames(decoded.value.frames);
      const lost = this.lost.get(`${epoch} ${unit}`) ?? new Set<number>();
      for (const { first, last } of decoded.value.ranges) for (let seq = first; seq <= last; seq += 1) lost.add(seq);
      this.lost.set(`${epoch} ${unit}`, lost);
      this.#dirty.add(`${epoch} ${unit}`);
    } else {
      this.retained.set(topic, text());
      // A birth is answered with every watermark there is.
      if (read.kind === 'edge-state') for (const key of this.frames.keys()) this.#dirty.add(key);
    }
  }

  #frames(frames: readonly Frame[]): void {
    for (const frame of frames) {
      const key = `${frame.epoch} ${frame.unit}`;
      const known = this.frames.get(key) ?? new Map<number, string>();
      const content = JSON.stringify(frame);
      const before = known.get(frame.seq);
      if (before !== undefined) this.doubles += 1;
      if (before !== undefined && before !== content) this.conflicts.push(`${before} != ${content}`);
      this.frames.set(key, known.set(frame.seq, before ?? content));
      this.#dirty.add(key);
    }
  }

  #acknowledge(): void {
    if (!this.acknowledging) return;
    for (const key of this.#dirty) {
      const [epoch = '', unit = ''] = key.split(' ');
      void this.say(topics.ack(this.edge), { epoch, upto: { [unit]: this.watermark(epoch, unit) }, at: toInstant(Date.now()) });
    }
    this.#dirty.clear();
  }
}

/** Waits for something to become true; the test's own time limit ends the wait. */
export async function until(what: string, isTrue: () => boolean, limitMs = 30_000): Promise<void> {
  const startedMs = Date.now();
  while (!isTrue()) {
    if (Date.now() - startedMs > limitMs) throw new Error(`it did not come to be in ${limitMs} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}
