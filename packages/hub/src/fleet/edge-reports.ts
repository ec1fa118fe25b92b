/** Believes what edges say about themselves and their units, as far as it is theirs to say, and tells the listeners. Neighbours: edge-intake.ts brings it, fleet-views.ts keeps it. */
import type { EdgeState } from '@slmm/protocol';
import type { Clock, Logger } from '@slmm/shared';
import type { CommandSender } from './command-sender.ts';
import type { Complaints } from './complaints.ts';
import { type EdgeMessage, readEdgeMessage, type StatusTopic } from './edge-message.ts';
import { nextEdgeState } from './edge-presence.ts';
import type { FleetListener, UnitView } from './fleet.ts';
import type { FleetViews, KnownEdge } from './fleet-views.ts';
import type { BusMessage } from './hub-bus.ts';

type AboutUnit = Extract<EdgeMessage, { readonly unit: string }>;
type AboutEdge = Exclude<Extract<EdgeMessage, { readonly edge: string }>, AboutUnit>;

export interface EdgeReportsParts {
  readonly views: FleetViews;
  readonly commands: CommandSender;
  readonly complaints: Complaints;
  readonly clock: Clock;
  readonly log: Logger;
  readonly listeners: ReadonlySet<FleetListener>;
  /** The edge says that it has a higher configuration revision than the hub ever gave. */
  readonly overtaken: (edge: string, revision: number) => void;
}

export class EdgeReports {
  readonly #parts: EdgeReportsParts;

  constructor(parts: EdgeReportsParts) {
    this.#parts = parts;
  }

  /** A live message of an enrolled edge: it is there. */
  seen(edge: string): void {
    const known = this.#parts.views.edges.get(edge);
    if (known === undefined) return;
    known.lastSeenMs = this.#parts.clock.nowMs();
    const { rumour } = known;
    known.rumour = null;
    if (rumour !== null) this.#setEdgeState(known, rumour);
  }

  /** One message about the state of things, from the edge in its topic, which is enrolled. */
  receive(topic: StatusTopic, message: BusMessage): void {
    const told = readEdgeMessage(topic, message.payload);
    if (told.kind === 'bad') {
      const text = `edge ${topic.edge} sent something that is not in the contract: ${told.reason}; check its version`;
      this.#parts.complaints.say('bad-payload', topic.edge, message.topic, text);
    } else if (told.kind === 'cleared') this.#cleared(told.topic);
    else if ('unit' in told) this.#fromUnit(told, message.topic);
    else this.#fromEdge(told, message.retained);
  }

  #fromEdge(told: AboutEdge, retained: boolean): void {
    const known = this.#parts.views.edges.get(told.edge);
    if (known === undefined) return;
    switch (told.kind) {
      case 'edge-state':
        known.rumour = null;
        if (retained && told.value.state === 'online') known.rumour = told.value;
        else this.#setEdgeState(known, told.value);
        return;
      case 'edge-info':
        known.info = told.value;
        return;
      case 'edge-health':
        known.health = told.value;
        for (const listener of this.#parts.listeners) listener.edgeHealth?.(told.edge, told.value);
        return;
      case 'reply':
        this.#parts.commands.take(told.edge, told.value);
        return;
      case 'applied':
        known.applied = told.value;
        if (told.value.revision > known.config.revision) this.#parts.overtaken(told.edge, told.value.revision);
    }
  }

  #setEdgeState(known: KnownEdge, told: EdgeState): void {
    const { edge } = known.config;
    const before = known.state;
    known.state = nextEdgeState(before, told);
    if (known.state !== told) return;
    if (told.state === 'offline') this.#parts.commands.fail(edge, `edge ${edge} went away`);
    else if (before !== null && before.boot !== told.boot)
      this.#parts.commands.failAll(edge, `edge ${edge} was started anew and knows nothing of it`);
    // An edge says it again at every connection and for every start of the hub; people want to know once.
    if (before?.state !== told.state || before.boot !== told.boot)
      this.#parts.log.info({ edge, boot: told.boot, reason: told.reason }, `edge is ${told.state}`);
    for (const listener of this.#parts.listeners) listener.edgeState?.(edge, told);
  }

  #fromUnit(told: AboutUnit, topic: string): void {
    const { edge, unit } = told;
    const known = this.#parts.views.units.get(unit);
    if (known === undefined) {
      const text = `edge ${edge} speaks of unit ${unit}, which is not configured`;
      this.#parts.complaints.say('unknown-unit', edge, topic, text);
    } else if (known.config.edge !== edge) {
      const text = `edge ${edge} speaks of unit ${unit}, which hangs on ${known.config.edge ?? 'no edge'}`;
      this.#parts.complaints.say('foreign-unit', edge, topic, text);
    } else if (told.kind === 'unit-state') this.#setUnitState(unit, told.value);
    else if (told.kind === 'unit-info') this.#setUnitInfo(unit, told.value);
    else
      for (const listener of this.#parts.listeners) {
        if (told.kind === 'unit-event') listener.unitEvent?.(unit, told.value);
        if (told.kind === 'tick') listener.tick?.(unit, told.value);
      }
  }

  #cleared(topic: StatusTopic): void {
    const isOwn = 'unit' in topic && this.#parts.views.units.get(topic.unit)?.config.edge === topic.edge;
    if (isOwn && topic.kind === 'unit-state') this.#setUnitState(topic.unit, null);
    if (isOwn && topic.kind === 'unit-info') this.#setUnitInfo(topic.unit, null);
  }

  #setUnitState(unit: string, state: UnitView['state']): void {
    const known = this.#parts.views.units.get(unit);
    if (known === undefined) return;
    known.state = state;
    for (const listener of this.#parts.listeners) listener.unitState?.(unit, state);
  }

  #setUnitInfo(unit: string, info: UnitView['info']): void {
    const known = this.#parts.views.units.get(unit);
    if (known === undefined) return;
    known.info = info;
    for (const listener of this.#parts.listeners) listener.unitInfo?.(unit, info);
  }
}
