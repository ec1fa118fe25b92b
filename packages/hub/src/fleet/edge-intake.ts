/**
 * The door through which everything comes that edges publish: knows the topic, knows the edge, hands on.
 * Neighbours: hub-bus.ts brings messages, hub-fleet.ts takes the state of things, ingest the frames.
 */
import { filters, parseTopic } from '@slmm/protocol';
import type { Metrics } from '../metrics.ts';
import type { Complaints } from './complaints.ts';
import { type FrameTopic, isFrameTopic, spokenByEdge, type StatusTopic } from './edge-message.ts';
import type { BusMessage, HubBus } from './hub-bus.ts';
import type { HubFleet } from './hub-fleet.ts';

export interface EdgeIntakeParts {
  readonly fleet: HubFleet;
  readonly metrics: Metrics;
  readonly complaints: Complaints;
  /** Takes frames; resolves when the sender may send more. Never rejects. */
  readonly frames: (topic: FrameTopic, message: BusMessage) => Promise<void> | void;
  /** Takes a piece of a meter's file; resolves when it is kept. Never rejects. */
  readonly files?: (edge: string, transfer: string, payload: Uint8Array) => Promise<void>;
  /** Whether edges that were never enrolled are taken (open mode). */
  readonly adoptsEdges: boolean;
}

export class EdgeIntake {
  readonly #parts: EdgeIntakeParts;

  constructor(parts: EdgeIntakeParts) {
    this.#parts = parts;
  }

  /** Listens to all edges from now on. */
  start(bus: HubBus): Promise<void> {
    return bus.subscribe(filters.fromEdge(), (message) => this.receive(message));
  }

  receive(message: BusMessage): Promise<void> | void {
    const parsed = parseTopic(message.topic);
    if (parsed === null) {
      this.#complain('bad-topic', '', message, `nobody publishes on ${JSON.stringify(message.topic)}`);
      return;
    }
    if (parsed.kind === 'file') return this.#takeFile(parsed.edge, parsed.transfer, message);
    const topic = spokenByEdge(parsed);
    // On an external broker the filters also match what the hub itself says, such as `hub/state`.
    if (topic === null) return;
    this.#parts.metrics.busMessages.inc({ kind: topic.kind });
    if (this.#parts.fleet.edge(topic.edge) !== null) return this.#take(topic, message);
    if (this.#parts.adoptsEdges && message.payload.length > 0) return this.#adopt(topic, message);
    this.#refuseStranger(topic.edge, message);
  }

  #takeFile(edge: string, transfer: string, message: BusMessage): Promise<void> | void {
    this.#parts.metrics.busMessages.inc({ kind: 'file' });
    if (this.#parts.fleet.edge(edge) === null) return this.#refuseStranger(edge, message);
    this.#parts.fleet.reports.seen(edge);
    return this.#parts.files?.(edge, transfer, message.payload);
  }

  async #adopt(topic: StatusTopic | FrameTopic, message: BusMessage): Promise<void> {
    // A database that fails leaves the edge a stranger; its next message tries again.
    await this.#parts.fleet.adoptEdge(topic.edge).catch(() => undefined);
    if (this.#parts.fleet.edge(topic.edge) === null) this.#refuseStranger(topic.edge, message);
    else await this.#take(topic, message);
  }

  #refuseStranger(edge: string, message: BusMessage): void {
    // The hub's own clearing of a removed edge's topics comes back from an external broker.
    if (message.payload.length > 0)
      this.#complain('unknown-edge', edge, message, `edge ${edge} is not enrolled; enrol it with POST /api/v1/edges`);
  }

  #take(topic: StatusTopic | FrameTopic, message: BusMessage): Promise<void> | void {
    if (!message.retained) this.#parts.fleet.reports.seen(topic.edge);
    if (isFrameTopic(topic)) {
      if (this.#parts.fleet.mayBring(topic.edge, topic.unit)) return this.#parts.frames(topic, message);
      this.#complain(
        'foreign-unit',
        topic.edge,
        message,
        `edge ${topic.edge} sends frames of unit ${topic.unit}, which it never had`,
      );
      return;
    }
    this.#parts.fleet.reports.receive(topic, message);
  }

  #complain(reason: 'bad-topic' | 'unknown-edge' | 'foreign-unit', source: string, message: BusMessage, text: string): void {
    this.#parts.complaints.say(reason, source, message.topic, text);
  }
}
