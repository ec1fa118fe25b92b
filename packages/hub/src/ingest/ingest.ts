/**
 * From the bus into the history: frames are read, accepted once, committed in groups, acknowledged and announced.
 * Neighbours: fleet/edge-intake.ts brings messages, the reading store keeps, fleet, live and alerts listen to what was committed.
 * Holds in memory: two groups (group-commit.ts), the messages that wait for room, and one small record per unit and epoch.
 */
import type { LostRange as ReportedLoss } from '@slmm/protocol';
import { type Clock, type Closeable, type Logger, toInstant } from '@slmm/shared';
import type { Complaints } from '../fleet/complaints.ts';
import type { FrameTopic } from '../fleet/edge-message.ts';
import type { BusMessage, HubBus } from '../fleet/hub-bus.ts';
import { type LostRange, MAX_DEAD_LETTER_BYTES, type ReadingStore } from '../history/reading-store.ts';
import type { Metrics } from '../metrics.ts';
import { accept, type Arrival, type IngestedReading, type Stream, watermark, writeOff } from './accept.ts';
import { Acknowledger } from './acknowledger.ts';
import { type Group, GroupCommit } from './group-commit.ts';
import { type FrameMessage, readFrames } from './read-frames.ts';
import { type Found, StreamBook } from './stream-book.ts';

/** Payload bytes of messages that may wait for room. Beyond it a message is dropped unread: it was not acknowledged, so its edge sends it again. */
const MAX_WAITING_BYTES = 32_000_000;

export interface IngestParts {
  readonly store: Pick<ReadingStore, 'append' | 'streams'>;
  readonly bus: Pick<HubBus, 'publish'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'frames' | 'commitSeconds'>;
  readonly complaints: Pick<Complaints, 'say'>;
  /** In [0, 1). */
  readonly random: () => number;
  /** Whether an edge sends everything in batches (`uplink: economy` of its birth). */
  readonly economy: (edge: string) => boolean;
  /** Whether an edge is enrolled. What an edge left behind that is not may be continued by another one. */
  readonly enrolled: (edge: string) => boolean;
  /** Told after each commit, once per reading, in the order of acceptance. Must not throw, and not wait. */
  readonly committed: (readings: readonly IngestedReading[]) => void;
}

interface Waiting {
  readonly topic: FrameTopic;
  readonly message: BusMessage;
  readonly done: () => void;
}

export class Ingest implements Closeable {
  readonly #parts: IngestParts;
  readonly #streams: StreamBook;
  readonly #acknowledger: Acknowledger;
  readonly #writer: GroupCommit;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #closed = false;

  private constructor(parts: IngestParts) {
    this.#parts = parts;
    this.#streams = new StreamBook(parts.enrolled);
    this.#acknowledger = new Acknowledger(parts);
    this.#writer = new GroupCommit({
      store: parts.store,
      clock: parts.clock,
      log: parts.log,
      random: parts.random,
      committed: (group, tookMs) => this.#onCommitted(group, tookMs),
      room: () => this.#takeWaiting(),
    });
  }

  /** Knows the streams that the store knows. Call `announceAll` when the bus is there. */
  static async load(parts: IngestParts): Promise<Ingest> {
    const ingest = new Ingest(parts);
    for (const record of await parts.store.streams()) {
      ingest.#streams.load(record);
      ingest.#acknowledger.load(record.edge, record.epoch, record.unit, watermark(record));
    }
    return ingest;
  }

  /** Takes a message. A promise stays pending while there is no room: the sender waits. Never rejects. */
  receive(topic: FrameTopic, message: BusMessage): Promise<void> | void {
    if (this.#closed) return;
    if (!this.#writer.full && this.#waiting.length === 0) return this.#take(topic, message);
    if (this.#waitingBytes + message.payload.length > MAX_WAITING_BYTES) {
      this.#parts.metrics.frames.inc({ outcome: 'deferred' });
      return;
    }
    this.#waitingBytes += message.payload.length;
    return new Promise((done) => {
      this.#waiting.push({ topic, message, done });
    });
  }

  /** An edge came (back): it hears its watermarks and resumes from them. `epochs` are those its journal knows. */
  edgeBorn(edge: string, epochs: readonly string[]): void {
    this.#acknowledger.announce(edge, epochs);
  }

  /** An edge told how it is, and which epochs its journal knows: it hears how far the hub has these. */
  edgeAsks(edge: string, epochs: readonly string[]): void {
    this.#acknowledger.answer(edge, epochs);
  }

  /** Tells every edge its watermarks; due at the start of the hub and at each reconnection to an external broker. */
  announceAll(): void {
    this.#acknowledger.announceAll();
  }

  /** Why frames are not being stored, for the readiness of the hub; `null` when they are. */
  get problem(): string | null {
    const { failure } = this.#writer;
    if (failure === null) return null;
    return `readings have not been stored since ${toInstant(failure.sinceMs)}: ${failure.reason}; edges keep their frames meanwhile`;
  }

  /** Commits and acknowledges what it holds, and takes nothing more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#writer.close();
    for (const { done } of this.#waiting.splice(0)) done();
    await this.#acknowledger.close();
  }

  #takeWaiting(): void {
    while (!this.#writer.full) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#waitingBytes -= next.message.payload.length;
      this.#take(next.topic, next.message);
      next.done();
    }
  }

  #take(topic: FrameTopic, message: BusMessage): void {
    const read = readFrames(topic, message.payload);
    if (read.kind === 'poison') {
      this.#takePoison(topic, message, read);
      return;
    }
    const found = this.#find(topic, read.epoch);
    if (found.kind === 'refused') this.#refuse(topic, message, 'foreign-unit', found.reason);
    else if (read.kind === 'frames') {
      const stream = this.#takeFrames(topic, found.stream, read.frames);
      if (read.poisoned.length > 0) this.#takePoisoned(topic, message, stream, read.poisoned);
    } else this.#takeLosses(found.stream, read.ranges);
  }

  #find({ edge, unit }: FrameTopic, epoch: string): Found {
    const found = this.#streams.find(edge, unit, epoch);
    if (found.kind === 'found' && found.formerEdge !== null) this.#acknowledger.move(found.formerEdge, edge, epoch, unit);
    return found;
  }

  #takeFrames(topic: FrameTopic, before: Stream, frames: Parameters<typeof accept>[1]): Stream {
    const { clock, metrics, economy } = this.#parts;
    const arrival: Arrival = {
      via: topic.kind === 'dod' ? 'live' : 'backfill',
      economy: economy(topic.edge),
      atMs: clock.nowMs(),
    };
    const { stream, readings, duplicates, deferred, conflicts } = accept(before, frames, arrival);
    if (duplicates > 0) metrics.frames.inc({ outcome: 'duplicate' }, duplicates);
    if (deferred > 0) metrics.frames.inc({ outcome: 'deferred' }, deferred);
    if (conflicts > 0) this.#sayCloned(topic, stream, conflicts);
    this.#streams.put(stream);
    if (readings.length > 0) this.#writer.add(stream, readings, null);
    else this.#acknowledger.remind(topic.edge, stream.epoch, stream.unit);
    return stream;
  }

  #takePoisoned(topic: FrameTopic, message: BusMessage, stream: Stream, seqs: readonly number[]): void {
    this.#refuse(
      topic,
      message,
      'bad-payload',
      `${seqs.length} of its frames say what no frame can say, the first is seq ${seqs[0]}`,
    );
    this.#writeOffPoison(stream, seqs);
  }

  #writeOffPoison(stream: Stream, seqs: readonly number[]): void {
    const atMs = this.#parts.clock.nowMs();
    this.#settleLosses(
      stream,
      seqs.map((seq) => ({ first: seq, last: seq, cause: 'poison', fromMs: null, toMs: null, atMs })),
    );
  }

  #takeLosses(before: Stream, ranges: readonly ReportedLoss[]): void {
    const atMs = this.#parts.clock.nowMs();
    this.#settleLosses(
      before,
      ranges.map((range) => ({
        first: range.first,
        last: range.last,
        cause: range.cause,
        fromMs: range.from === null ? null : Date.parse(range.from),
        toMs: range.to === null ? null : Date.parse(range.to),
        atMs,
      })),
    );
  }

  #settleLosses(before: Stream, ranges: readonly LostRange[]): void {
    const stream = writeOff(before, ranges);
    this.#streams.put(stream);
    if (stream === before) this.#acknowledger.remind(stream.edge, stream.epoch, stream.unit);
    else this.#writer.add(stream, [], null);
  }

  #takePoison(topic: FrameTopic, message: BusMessage, read: Extract<FrameMessage, { readonly kind: 'poison' }>): void {
    this.#refuse(topic, message, 'bad-payload', read.reason);
    if (read.identity === null) return;
    const found = this.#find(topic, read.identity.epoch);
    if (found.kind === 'found') this.#writeOffPoison(found.stream, [read.identity.seq]);
  }

  #refuse(topic: FrameTopic, message: BusMessage, reason: 'bad-payload' | 'foreign-unit', text: string): void {
    this.#parts.metrics.frames.inc({ outcome: 'refused' });
    this.#parts.complaints.say(reason, topic.unit, message.topic, `a ${topic.kind} message was set aside: ${text}`);
    // A retained or wiped topic brings an empty payload, which nobody needs to look at.
    if (message.payload.length === 0) return;
    this.#writer.add(null, [], {
      atMs: this.#parts.clock.nowMs(),
      topic: message.topic,
      reason: text.slice(0, 500),
      payload: Uint8Array.from(message.payload.subarray(0, MAX_DEAD_LETTER_BYTES)),
    });
  }

  #sayCloned(topic: FrameTopic, stream: Stream, conflicts: number): void {
    this.#parts.metrics.frames.inc({ outcome: 'conflict' }, conflicts);
    const text =
      `seq ${stream.newest?.seq ?? 0} of unit ${stream.unit} came twice with different times: two copies of the journal of edge ${topic.edge} are running; ` +
      'stop one of them and delete its data directory';
    this.#parts.complaints.say('foreign-unit', topic.unit, `epoch ${stream.epoch}`, text);
  }

  #onCommitted(group: Group, tookMs: number): void {
    this.#parts.metrics.commitSeconds.observe(tookMs / 1000);
    for (const stream of group.streams) this.#acknowledger.committed(stream.edge, stream.epoch, stream.unit, watermark(stream));
    if (group.readings.length === 0) return;
    const late = group.readings.reduce((count, reading) => count + (reading.late ? 1 : 0), 0);
    if (late > 0) this.#parts.metrics.frames.inc({ outcome: 'late' }, late);
    if (late < group.readings.length) this.#parts.metrics.frames.inc({ outcome: 'live' }, group.readings.length - late);
    this.#parts.committed(group.readings);
  }
}
