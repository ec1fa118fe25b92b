/**
 * The fleet as it is: keeps what edges tell, stores what people want and tells it to the edges, carries commands.
 * Shell; its decisions are in desired-config.ts, edge-presence.ts and edge-message.ts. Neighbours: edge-intake.ts feeds it, api and live read it.
 */
import { randomUUID } from 'node:crypto';
import { type Command, commandSchema, type Demand, type Frame, type Reply, topics } from '@slmm/protocol';
import { type Clock, type Closeable, type Logger, toInstant } from '@slmm/shared';
import type { Access } from '../access/access.ts';
import { hashSecret, newSecret } from '../access/secret.ts';
import type { Metrics } from '../metrics.ts';
import { Announcer } from './announcer.ts';
import type { Complaints } from './complaints.ts';
import { ownerOf } from './desired-config.ts';
import { type EdgeMessage, readEdgeMessage, type StatusTopic } from './edge-message.ts';
import { nextEdgeState } from './edge-presence.ts';
import type { EdgeView, Fleet, FleetListener, FleetStore, UnitConfig, UnitView } from './fleet.ts';
import { FleetViews } from './fleet-views.ts';
import type { BusMessage, HubBus } from './hub-bus.ts';
import { failedReply, PendingCommands } from './pending-commands.ts';

/** Longest JSON of a command's arguments, characters. */
const MAX_ARGS_LENGTH = 65_536;

type AboutEdge = Extract<EdgeMessage, { readonly edge: string }>;
type AboutUnit = Extract<EdgeMessage, { readonly unit: string }>;

export interface HubFleetParts {
  readonly bus: HubBus;
  readonly store: FleetStore;
  readonly access: Access;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly complaints: Complaints;
  /** Identity of this run of the hub, in `/hub/state`. */
  readonly boot: string;
}

export class HubFleet implements Fleet, Closeable {
  readonly #parts: HubFleetParts;
  readonly #views = new FleetViews();
  readonly #bearers = new Map<string, Set<string>>();
  readonly #pending: PendingCommands;
  readonly #announcer: Announcer;
  readonly #listeners = new Set<FleetListener>();
  #changes: Promise<unknown> = Promise.resolve();

  private constructor(parts: HubFleetParts) {
    this.#parts = parts;
    this.#pending = new PendingCommands(parts.clock);
    this.#announcer = new Announcer({ ...parts, views: this.#views });
  }

  /** Loads the configuration; `latest` are the newest stored frames. */
  static async load(parts: HubFleetParts, latest: Iterable<Frame>): Promise<HubFleet> {
    const fleet = new HubFleet(parts);
    for (const edge of await parts.store.edges()) fleet.#views.setEdge(edge);
    for (const unit of await parts.store.units()) fleet.#views.setUnit(unit);
    for (const { unit, edge } of await parts.store.assignments()) fleet.#assigned(unit, edge);
    for (const frame of latest) fleet.#views.offerFrame(frame);
    return fleet;
  }

  /** From now on the edges are told. */
  start(): void {
    this.#announcer.start();
  }

  async close(): Promise<void> {
    this.#pending.fail(null, 'the hub is stopping');
    await this.#changes;
    await this.#announcer.close();
  }

  unit(unit: string): UnitView | null {
    return this.#views.unit(unit);
  }

  units(): readonly UnitView[] {
    return [...this.#views.units.keys()].sort().flatMap((unit) => this.#views.unit(unit) ?? []);
  }

  edge(edge: string): EdgeView | null {
    return this.#views.edge(edge);
  }

  edges(): readonly EdgeView[] {
    return [...this.#views.edges.keys()].sort().flatMap((edge) => this.#views.edge(edge) ?? []);
  }

  listen(listener: FleetListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  demand(unit: string, wanted: Demand['units'][string] | null): void {
    this.#announcer.want(unit, wanted);
  }

  putUnit(config: UnitConfig): Promise<void> {
    return this.#change(async () => {
      const before = this.#views.units.get(config.unit)?.config.edge ?? null;
      const owned = { ...config, edge: ownerOf(config, [...this.#views.edges.keys()]) };
      // The revision comes first: a crash in between wastes a number, the other way round it would hide a change from the edge.
      const touched = new Set([before, owned.edge]);
      await this.#nextRevisions(touched);
      await this.#store(owned);
      if (before !== null && before !== owned.edge) await this.#announcer.forgetUnit(before, owned.unit);
      await this.#announce(touched);
      for (const listener of this.#listeners) listener.unitConfig?.(owned.unit, owned);
    });
  }

  deleteUnit(unit: string): Promise<boolean> {
    return this.#change(async () => {
      const edge = this.#views.units.get(unit)?.config.edge ?? null;
      await this.#nextRevisions([edge]);
      const was = await this.#parts.store.deleteUnit(unit);
      this.#views.units.delete(unit);
      await this.#announce([edge]);
      this.#announcer.want(unit, null);
      if (edge !== null) await this.#announcer.forgetUnit(edge, unit);
      if (was) for (const listener of this.#listeners) listener.unitConfig?.(unit, null);
      return was;
    });
  }

  enrolEdge(edge: string): Promise<{ readonly secret: string }> {
    return this.#change(async () => {
      const secret = newSecret('edge');
      await this.#addEdge(edge, hashSecret(secret));
      this.#parts.access.edgeRevoked(edge);
      return { secret };
    });
  }

  /** Takes an edge that was never enrolled (open mode). Its id was checked. */
  adoptEdge(edge: string): Promise<void> {
    return this.#change(async () => {
      if (this.#views.edges.has(edge)) return;
      await this.#addEdge(edge, null);
      this.#parts.log.info({ edge }, 'a new edge was taken without enrolment, because access is open');
    });
  }

  deleteEdge(edge: string): Promise<boolean> {
    return this.#change(async () => {
      const was = await this.#parts.store.deleteEdge(edge);
      this.#parts.access.edgeRevoked(edge);
      if (!was) return false;
      this.#pending.fail(edge, `edge ${edge} was removed`);
      this.#views.edges.delete(edge);
      const orphans = [...this.#views.units.values()].filter((unit) => unit.config.edge === edge);
      for (const orphan of orphans) {
        const config = { ...orphan.config, edge: null };
        await this.#store(config);
        for (const listener of this.#listeners) listener.unitConfig?.(config.unit, config);
      }
      await this.#announcer.forgetEdge(
        edge,
        orphans.map((orphan) => orphan.config.unit),
      );
      return true;
    });
  }

  async command(unit: string, op: string, args: Command['args'], by: string, waitMs: number): Promise<Reply> {
    const reply = await this.#send(unit, op, args, by, waitMs);
    this.#parts.metrics.commands.inc({ outcome: 'ok' in reply && !reply.ok ? reply.error.code : 'ok' });
    return reply;
  }

  /** A frame that is committed; also one that comes late. */
  committed(frame: Frame, late: boolean): void {
    this.#views.offerFrame(frame);
    for (const listener of this.#listeners) listener.frame?.(frame.unit, frame, late);
  }

  /** Any message of an enrolled edge: it is alive. */
  seen(edge: string): void {
    const known = this.#views.edges.get(edge);
    if (known !== undefined) known.lastSeenMs = this.#parts.clock.nowMs();
  }

  /**
   * Whether this edge may bring frames of this unit: it has the unit or once had it, for a journal outlives a move.
   * A unit that never hung on any edge is nobody's, and its frames are better kept than refused (the hub's database may be a restored one).
   */
  mayBring(edge: string, unit: string): boolean {
    const bearers = this.#bearers.get(unit);
    return bearers === undefined || bearers.has(edge);
  }

  /** One message about the state of things, from the edge in its topic, which is enrolled. */
  receive(topic: StatusTopic, message: BusMessage): void {
    const told = readEdgeMessage(topic, message.payload);
    if (told.kind === 'bad') {
      const text = `edge ${topic.edge} sent something that is not in the contract: ${told.reason}; check its version`;
      this.#parts.complaints.say('bad-payload', topic.edge, message.topic, text);
    } else if (told.kind === 'cleared') this.#cleared(told.topic);
    else if ('unit' in told) this.#fromUnit(told, message.topic);
    else this.#fromEdge(told);
  }

  #fromEdge(told: Exclude<AboutEdge, AboutUnit>): void {
    const known = this.#views.edges.get(told.edge);
    if (known === undefined) return;
    if (told.kind === 'edge-state') {
      known.state = nextEdgeState(known.state, told.value);
      if (known.state !== told.value) return;
      if (told.value.state === 'offline') this.#pending.fail(told.edge, `edge ${told.edge} went away`);
      this.#parts.log.info({ edge: told.edge, boot: told.value.boot, reason: told.value.reason }, `edge is ${told.value.state}`);
      for (const listener of this.#listeners) listener.edgeState?.(told.edge, told.value);
    } else if (told.kind === 'edge-info') known.info = told.value;
    else if (told.kind === 'edge-health') known.health = told.value;
    else if (told.kind === 'reply') this.#pending.take(told.edge, told.value);
    else if (told.kind === 'applied') {
      known.applied = told.value;
      if (told.value.revision > known.config.revision) this.#overtake(told.edge, told.value.revision);
    }
  }

  #fromUnit(told: AboutUnit, topic: string): void {
    const known = this.#views.units.get(told.unit);
    if (known === undefined) {
      this.#parts.complaints.say(
        'unknown-unit',
        told.edge,
        topic,
        `edge ${told.edge} speaks of unit ${told.unit}, which is not configured`,
      );
      return;
    }
    if (known.config.edge !== told.edge) {
      const text = `edge ${told.edge} speaks of unit ${told.unit}, which hangs on ${known.config.edge ?? 'no edge'}`;
      this.#parts.complaints.say('foreign-unit', told.edge, topic, text);
      return;
    }
    for (const listener of this.#listeners) {
      if (told.kind === 'unit-event') listener.unitEvent?.(told.unit, told.value);
      if (told.kind === 'tick') listener.tick?.(told.unit, told.value);
    }
    if (told.kind === 'unit-state') this.#setUnitState(told.unit, told.value);
    if (told.kind === 'unit-info') this.#setUnitInfo(told.unit, told.value);
  }

  #cleared(topic: StatusTopic): void {
    const isOwn = 'unit' in topic && this.#views.units.get(topic.unit)?.config.edge === topic.edge;
    if (isOwn && topic.kind === 'unit-state') this.#setUnitState(topic.unit, null);
    if (isOwn && topic.kind === 'unit-info') this.#setUnitInfo(topic.unit, null);
  }

  #setUnitState(unit: string, state: UnitView['state']): void {
    const known = this.#views.units.get(unit);
    if (known === undefined) return;
    known.state = state;
    for (const listener of this.#listeners) listener.unitState?.(unit, state);
  }

  #setUnitInfo(unit: string, info: UnitView['info']): void {
    const known = this.#views.units.get(unit);
    if (known === undefined) return;
    known.info = info;
    for (const listener of this.#listeners) listener.unitInfo?.(unit, info);
  }

  /** The edge has a higher revision than we gave (our database is older than its disk): go beyond it, or it would ignore us for ever. */
  #overtake(edge: string, revision: number): void {
    void this.#change(async () => {
      const known = this.#views.edges.get(edge);
      if (known === undefined || known.config.revision > revision) return;
      await this.#nextRevisions([edge], revision);
      await this.#announce([edge]);
      this.#parts.log.warn(
        { edge, revision },
        'the edge had a newer configuration than the hub; the one of the hub was sent again',
      );
    }).catch((error: unknown) => this.#parts.log.error({ err: error, edge }, 'the configuration could not be renewed'));
  }

  async #send(unit: string, op: string, args: Command['args'], by: string, waitMs: number): Promise<Reply> {
    const id = randomUUID();
    const view = this.#views.unit(unit);
    const edge = view?.config.edge ?? null;
    if (view === null) return failedReply(id, 'unknown-unit', `there is no unit ${unit}`);
    if (edge === null) return failedReply(id, 'unreachable', `unit ${unit} hangs on no edge; give it one`);
    if (!view.edgeOnline) return failedReply(id, 'unreachable', `edge ${edge} of unit ${unit} is not connected`);
    if (!this.#parts.bus.connected) return failedReply(id, 'unreachable', 'the hub is not connected to its broker');
    if (this.#pending.isFull) return failedReply(id, 'busy', 'too many commands are waiting for an answer; try again later');
    const expires_at = toInstant(this.#parts.clock.nowMs() + waitMs);
    const command = commandSchema.safeParse({ id, unit, op, args, by: by.slice(0, 100), expires_at });
    const text = JSON.stringify(command.data);
    if (!command.success || text.length > MAX_ARGS_LENGTH) return failedReply(id, 'bad-args', `the command ${op} cannot be sent`);
    const reply = this.#pending.wait(id, edge, waitMs);
    await this.#parts.bus.publish(topics.command(edge), text, { qos: 1, retain: false });
    return reply;
  }

  async #addEdge(edge: string, secretHash: string | null): Promise<void> {
    const { store, clock } = this.#parts;
    await store.putEdge(edge, secretHash, clock.nowMs());
    const config = (await store.edges()).find((one) => one.edge === edge);
    if (config !== undefined) this.#views.setEdge(config);
    const edges = [...this.#views.edges.keys()];
    for (const unit of this.#views.units.values()) {
      if (unit.config.edge !== null || ownerOf(unit.config, edges) !== edge) continue;
      const owned = { ...unit.config, edge };
      await this.#store(owned);
      for (const listener of this.#listeners) listener.unitConfig?.(owned.unit, owned);
    }
    await this.#nextRevisions([edge]);
    await this.#announce([edge]);
  }

  async #store(config: UnitConfig): Promise<void> {
    await this.#parts.store.putUnit(config);
    this.#views.setUnit(config);
    if (config.edge !== null) this.#assigned(config.unit, config.edge);
  }

  #assigned(unit: string, edge: string): void {
    const bearers = this.#bearers.get(unit) ?? new Set();
    this.#bearers.set(unit, bearers.add(edge));
  }

  async #nextRevisions(edges: Iterable<string | null>, above = 0): Promise<void> {
    for (const edge of edges) {
      const known = edge === null ? undefined : this.#views.edges.get(edge);
      if (edge !== null && known !== undefined)
        known.config = { ...known.config, revision: await this.#parts.store.nextRevision(edge, above) };
    }
  }

  async #announce(edges: Iterable<string | null>): Promise<void> {
    for (const edge of edges) if (edge !== null) await this.#announcer.config(edge);
  }

  /** One change of the configuration at a time, so that revisions and their content go together. */
  #change<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#changes.then(change);
    this.#changes = done.catch(() => undefined);
    return done;
  }
}
