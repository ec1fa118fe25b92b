/** Everything the hub keeps retained on the bus for edges: its own state, their configuration, what is watched. Neighbours: hub-fleet.ts decides, hub-bus.ts carries. */
import { type Demand, type HubState, topics } from '@slmm/protocol';
import { type Clock, type Closeable, toInstant } from '@slmm/shared';
import { desiredConfig } from './desired-config.ts';
import type { FleetViews } from './fleet-views.ts';
import type { HubBus } from './hub-bus.ts';
import { within } from './within.ts';

/** Changes of demand within this time go out as one message: viewers come and go in swarms. */
const DEMAND_DELAY_MS = 100;

/** A broker that does not take the goodbye within this time gets none; its last will says the same. */
const GOODBYE_MS = 1_000;

type Wanted = Demand['units'][string];

/** A broker may have forgotten everything, so at each connection all of it is sent again. */
export class Announcer implements Closeable {
  readonly #bus: HubBus;
  readonly #clock: Clock;
  readonly #views: FleetViews;
  readonly #boot: string;
  readonly #demand = new Map<string, Wanted>();
  readonly #demandDue = new Map<string, () => void>();
  #closed = false;

  constructor(parts: { readonly bus: HubBus; readonly clock: Clock; readonly views: FleetViews; readonly boot: string }) {
    this.#bus = parts.bus;
    this.#clock = parts.clock;
    this.#views = parts.views;
    this.#boot = parts.boot;
  }

  /** Sends all of it, now and at every connection from now on. */
  start(): void {
    this.#bus.onConnected(() => {
      void this.#announceAll();
    });
  }

  /** Sends everything that one edge needs to know. */
  async edge(edge: string): Promise<void> {
    await this.config(edge);
    await this.#publishDemand(edge);
  }

  async config(edge: string): Promise<void> {
    const known = this.#views.edges.get(edge);
    if (known === undefined) return;
    const all = [...this.#views.units.values()].map((unit) => unit.config);
    const configs = this.#views.isStandby ? all.map((unit) => ({ ...unit, tcpEnabled: false })) : all;
    await this.#retain(topics.config(edge), desiredConfig(edge, configs, known.config.revision, this.#now()));
  }

  /** `null`: nobody wants this unit any more. */
  want(unit: string, wanted: Wanted | null): void {
    if (wanted === null) this.#demand.delete(unit);
    else this.#demand.set(unit, wanted);
    const edge = this.#views.units.get(unit)?.config.edge ?? null;
    if (edge !== null) this.#demandSoon(edge);
  }

  /** Removes what the bus keeps of a unit under an edge that no longer has it. */
  async forgetUnit(edge: string, unit: string): Promise<void> {
    for (const topic of [topics.unitState(edge, unit), topics.unitInfo(edge, unit), topics.last(edge, unit)])
      await this.#clear(topic);
    this.#demandSoon(edge);
  }

  /** Removes everything that the bus keeps of an edge. */
  async forgetEdge(edge: string, units: readonly string[]): Promise<void> {
    for (const unit of units) await this.forgetUnit(edge, unit);
    this.#demandDue.get(edge)?.();
    this.#demandDue.delete(edge);
    const { edgeState, edgeInfo, edgeHealth, config, demand, applied } = topics;
    for (const topic of [edgeState, edgeInfo, edgeHealth, config, demand, applied]) await this.#clear(topic(edge));
  }

  /** Says that the hub is gone. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const cancel of this.#demandDue.values()) cancel();
    await within(this.#clock, GOODBYE_MS, this.#retain(topics.hubState(), this.#hubState('offline')));
  }

  async #announceAll(): Promise<void> {
    if (this.#closed) return;
    await this.#retain(topics.hubState(), this.#hubState('online'));
    for (const edge of this.#views.edges.keys()) await this.edge(edge);
  }

  #demandSoon(edge: string): void {
    if (this.#closed || this.#demandDue.has(edge)) return;
    const cancel = this.#clock.after(DEMAND_DELAY_MS, () => {
      this.#demandDue.delete(edge);
      void this.#publishDemand(edge);
    });
    this.#demandDue.set(edge, cancel);
  }

  async #publishDemand(edge: string): Promise<void> {
    if (!this.#views.edges.has(edge)) return;
    const own = [...this.#demand].filter(([unit]) => this.#views.units.get(unit)?.config.edge === edge);
    await this.#retain(topics.demand(edge), { at: this.#now(), units: Object.fromEntries(own) } satisfies Demand);
  }

  #hubState(state: HubState['state']): HubState {
    return { state, boot: this.#boot, at: this.#now() };
  }

  #now(): string {
    return toInstant(this.#clock.nowMs());
  }

  #retain(topic: string, payload: object): Promise<void> {
    return this.#bus.publish(topic, JSON.stringify(payload), { qos: 1, retain: true });
  }

  #clear(topic: string): Promise<void> {
    return this.#bus.publish(topic, '', { qos: 1, retain: true });
  }
}
