/**
 * The fleet as it is: keeps what is known, stores what people want and tells it to the edges.
 * Shell. Neighbours: edge-intake.ts feeds its `reports`, command-sender.ts and announcer.ts speak for it, api, live and alerts read it.
 */
import type { Command, Demand, Frame, Reply } from '@slmm/protocol';
import type { Clock, Closeable, Logger } from '@slmm/shared';
import type { Access } from '../access/access.ts';
import { hashSecret, newSecret } from '../access/secret.ts';
import type { Metrics } from '../metrics.ts';
import { Announcer } from './announcer.ts';
import type { CommandRecord, CommandTicket } from './command-records.ts';
import { CommandSender } from './command-sender.ts';
import type { Complaints } from './complaints.ts';
import { ownerOf } from './desired-config.ts';
import { EdgeReports } from './edge-reports.ts';
import type { EdgeView, Fleet, FleetListener, FleetStore, UnitConfig, UnitView } from './fleet.ts';
import { FleetViews } from './fleet-views.ts';
import type { HubBus } from './hub-bus.ts';

/** In open mode anybody can invent edges; beyond this many they have to be enrolled. */
const MAX_ADOPTED_EDGES = 1_000;

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
  readonly #commands: CommandSender;
  readonly #announcer: Announcer;
  readonly #listeners = new Set<FleetListener>();
  /** The ears of the fleet: edge-intake.ts hands in what edges say. */
  readonly reports: EdgeReports;
  #changes: Promise<unknown> = Promise.resolve();

  private constructor(parts: HubFleetParts) {
    this.#parts = parts;
    const views = this.#views;
    this.#announcer = new Announcer({ ...parts, views });
    this.#commands = new CommandSender({ ...parts, views });
    const overtaken = (edge: string, revision: number): void => this.#overtake(edge, revision);
    this.reports = new EdgeReports({ ...parts, views, commands: this.#commands, listeners: this.#listeners, overtaken });
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
    this.#commands.failAll(null, 'the hub is stopping');
    await this.#changes;
    await this.#announcer.close();
  }

  unit(unit: string): UnitView | null {
    return this.#views.unit(unit);
  }

  units(): readonly UnitView[] {
    return [...this.#views.units.keys()].flatMap((unit) => this.#views.unit(unit) ?? []);
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

  get isStandby(): boolean {
    return this.#views.isStandby;
  }

  setStandby(standby: boolean): Promise<void> {
    return this.#change(async () => {
      if (this.#views.isStandby === standby) return;
      this.#views.isStandby = standby;
      const edges = [...this.#views.edges.keys()];
      await this.#nextRevisions(edges);
      await this.#announce(edges);
    });
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
      if (this.#views.edges.has(edge) || this.#views.edges.size >= MAX_ADOPTED_EDGES) return;
      await this.#addEdge(edge, null);
      this.#parts.log.info({ edge }, 'a new edge was taken without enrolment, because access is open');
    });
  }

  deleteEdge(edge: string): Promise<boolean> {
    return this.#change(async () => {
      const was = await this.#parts.store.deleteEdge(edge);
      this.#parts.access.edgeRevoked(edge);
      if (!was) return false;
      this.#commands.failAll(edge, `edge ${edge} was removed`);
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

  command(unit: string, op: string, args: Command['args'], by: string, waitMs: number): Promise<Reply> {
    return this.order(unit, op, args, by, waitMs).done;
  }

  order(unit: string, op: string, args: Command['args'], by: string, waitMs: number): CommandTicket {
    return this.#commands.order(unit, op, args, by, waitMs);
  }

  orderEdge(edge: string, op: 'standby' | 'resume', by: string, waitMs: number): Promise<Reply> {
    return this.#commands.orderEdge(edge, op, by, waitMs);
  }

  commands(unit: string): readonly CommandRecord[] {
    return this.#commands.records(unit);
  }

  /** A frame that is committed; also one that comes late. */
  committed(frame: Frame, late: boolean): void {
    this.#views.offerFrame(frame);
    for (const listener of this.#listeners) listener.frame?.(frame.unit, frame, late);
  }

  /**
   * Whether this edge may bring frames of this unit: it has the unit or once had it, for a journal outlives a move.
   * A unit that never hung on any edge is nobody's, and its frames are better kept than refused (the hub's database may be a restored one).
   */
  mayBring(edge: string, unit: string): boolean {
    const bearers = this.#bearers.get(unit);
    return bearers === undefined || bearers.has(edge);
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
    await this.#announcer.edge(edge);
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
