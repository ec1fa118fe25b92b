import type { Command, CommandError, Demand, EdgeState, Frame, Reply, Tick, UnitEvent, UnitState } from '@slmm/protocol';
import type { EdgeView, Fleet, FleetListener, UnitConfig, UnitView } from '../../fleet/fleet.ts';
import { type CommandRecord, CommandRecords, type CommandTicket, type EndedReply } from '../../fleet/command-records.ts';
import { FleetViews } from '../../fleet/fleet-views.ts';

/** How a command ends. */
type ReplyEnd = { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly error: CommandError };

/** A fleet without a bus, for tests of what stands on it: the test says what the edges say. Listeners are told after the views have changed, as in the real one. */
export class MemoryFleet implements Fleet {
  /** What was asked of the edges last, per unit. */
  readonly demands = new Map<string, Demand['units'][string] | null>();
  /** What was asked of the edges, in order, and what they answer; without an answer nobody is there. */
  readonly asked: { readonly unit: string; readonly op: string; readonly args: Command['args'] }[] = [];
  answer: ((unit: string, op: string, args: Command['args']) => ReplyEnd | null) | null = null;
  readonly #records = new CommandRecords();
  #standby = false;
  readonly #views = new FleetViews();
  readonly #listeners = new Set<FleetListener>();

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

  putUnit(config: UnitConfig): Promise<void> {
    const only = this.#views.edges.size === 1 ? ([...this.#views.edges.keys()][0] ?? null) : null;
    const owned = { ...config, edge: config.edge ?? only };
    this.#views.setUnit(owned);
    for (const listener of this.#listeners) listener.unitConfig?.(owned.unit, owned);
    return Promise.resolve();
  }

  deleteUnit(unit: string): Promise<boolean> {
    const was = this.#views.units.delete(unit);
    if (was) for (const listener of this.#listeners) listener.unitConfig?.(unit, null);
    return Promise.resolve(was);
  }

  enrolEdge(edge: string): Promise<{ readonly secret: string }> {
    this.#views.setEdge({ edge, createdMs: 0, revision: 0 });
    return Promise.resolve({ secret: `secret-of-${edge}` });
  }

  deleteEdge(edge: string): Promise<boolean> {
    return Promise.resolve(this.#views.edges.delete(edge));
  }

  command(unit: string, op: string, args: Command['args']): Promise<Reply> {
    return this.order(unit, op, args).done;
  }

  order(unit: string, op: string, args: Command['args'], by = 'test', waitMs = 1000): CommandTicket {
    const id = `command-${this.asked.length + 1}`;
    this.asked.push({ unit, op, args });
    const error = { code: 'unreachable', message: 'there is no edge behind this fleet', result_code: null } as const;
    const reply: EndedReply = { id, ...(this.answer?.(unit, op, args) ?? { ok: false, error }) };
    this.#records.begun({ id, unit, edge: 'example', op, by, atMs: 0, expiresMs: waitMs });
    this.#records.ended(id, reply, 0);
    return { id, done: Promise.resolve(reply) };
  }

  orderEdge(edge: string, op: 'standby' | 'resume'): Promise<Reply> {
    return this.order(edge, op, {}).done;
  }

  commands(unit: string): readonly CommandRecord[] {
    return this.#records.ofUnit(unit);
  }

  get isStandby(): boolean {
    return this.#standby;
  }

  setStandby(standby: boolean): Promise<void> {
    this.#standby = standby;
    return Promise.resolve();
  }

  demand(unit: string, wanted: Demand['units'][string] | null): void {
    this.demands.set(unit, wanted);
  }

  listen(listener: FleetListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The edge says how it is; it is enrolled by that. */
  tellEdge(edge: string, state: EdgeState): void {
    if (this.#views.edges.get(edge) === undefined) this.#views.setEdge({ edge, createdMs: 0, revision: 0 });
    Object.assign(this.#views.edges.get(edge) ?? {}, { state });
    for (const listener of this.#listeners) listener.edgeState?.(edge, state);
  }

  /** The edge says how it stands with a meter. */
  tellState(unit: string, state: UnitState): void {
    Object.assign(this.#views.units.get(unit) ?? {}, { state });
    for (const listener of this.#listeners) listener.unitState?.(unit, state);
  }

  /** A tick of the 10 Hz stream came. */
  tellTick(unit: string, tick: Tick): void {
    for (const listener of this.#listeners) listener.tick?.(unit, tick);
  }

  /** The edge tells of something that happened to a unit. */
  tellEvent(unit: string, event: UnitEvent): void {
    for (const listener of this.#listeners) listener.unitEvent?.(unit, event);
  }

  /** A frame was committed. */
  tellFrame(frame: Frame, late = false): void {
    this.#views.offerFrame(frame);
    for (const listener of this.#listeners) listener.frame?.(frame.unit, frame, late);
  }
}
