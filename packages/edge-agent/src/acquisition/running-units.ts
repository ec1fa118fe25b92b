/** All meters of this edge at work: starts, changes and stops them as configured. None shares a lock, a queue or a timer with another. */
import type { AppliedConfig, Command, Demand, DesiredUnit, EdgeHealth, Reply } from '@slmm/protocol';
import type { Clock, Logger } from '@slmm/shared';
import type { CardTransfers } from '../card/card-transfers.ts';
import { CommandDesk } from '../commands/command-desk.ts';
import { CommandMemory } from '../commands/command-memory.ts';
import type { ProbePort } from '../diagnosis/port-probe.ts';
import type { RelaySetUp } from '../diagnosis/relay.ts';
import type { OpenMeterLink } from '../meter-session/meter-link.ts';
import { METER_TIMING, type SessionTiming } from '../meter-session/session-timing.ts';
import type { Outlet } from './outlet.ts';
import type { SlotOwner } from './slot-hold.ts';
import { UnitMemory } from './unit-memory.ts';
import { UnitAcquisition } from './unit-acquisition.ts';
import type { Units } from './units.ts';

export interface UnitsParts {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly openLink: OpenMeterLink;
  readonly probePort: ProbePort;
  /** What can cut a meter's power for a moment, and when it may; without it nothing can. */
  readonly relay?: RelaySetUp | null;
  readonly outlet: Outlet;
  /** Id of this edge, and of this start of it. */
  readonly edge: string;
  readonly boot: string;
  /** What outlives the program; without it nothing does. */
  readonly memory?: UnitMemory;
  readonly commandMemory?: CommandMemory;
  /** Files of the meters' cards to the hub; without it there are none. */
  readonly transfers?: CardTransfers;
  readonly ftpRestMs?: number;
  /** Other waits than the meter's own; for tests. */
  readonly timing?: Partial<SessionTiming>;
  /** Time between two DODs while a stream runs; default a minute. */
  readonly streamDodEveryMs?: number;
  /** Time between the start of a stream and any use of FTP; default a minute. */
  readonly streamApartMs?: number;
}

const STREAM_DOD_EVERY_MS = 60_000;
const STREAM_APART_MS = 60_000;
/** Addresses of which it is remembered when their slot was given away; of more, the oldest are forgotten. */
const MAX_LEFT = 1000;

export function createUnits(parts: UnitsParts): Units {
  return new RunningUnits(parts);
}

interface Running {
  readonly acquisition: UnitAcquisition;
  wanted: DesiredUnit;
}

class RunningUnits implements Units {
  readonly #parts: UnitsParts;
  readonly #running = new Map<string, Running>();
  readonly #commands: CommandDesk;
  readonly #memory: UnitMemory;
  #hasClaimed = false;
  /** Sockets that are on their way out, by address, and from when on somebody may connect there again (monotonic ms). */
  readonly #leaving = new Map<string, Promise<number>>();
  /** Monotonic ms. */
  readonly #startedMs: number;
  #demand: Demand['units'] = {};
  #events = 0;
  #isClosed = false;

  constructor(parts: UnitsParts) {
    this.#parts = parts;
    this.#startedMs = parts.clock.monotonicMs();
    this.#memory = parts.memory ?? UnitMemory.forgetful(parts.clock, parts.log);
    this.#commands = new CommandDesk({
      clock: parts.clock,
      log: parts.log,
      deskOf: (unit) => this.#running.get(unit)?.acquisition.desk ?? null,
      standby: (standby) => this.#standby(standby),
      transfers: parts.transfers ?? null,
      memory: parts.commandMemory ?? CommandMemory.forgetful(parts.clock, parts.log),
      ...(parts.ftpRestMs === undefined ? {} : { ftpRestMs: parts.ftpRestMs }),
    });
  }

  apply(wanted: readonly DesiredUnit[]): AppliedConfig['units'] {
    const applied: AppliedConfig['units'] = {};
    const accepted = acceptUnits(wanted, applied);
    for (const [unit, running] of this.#running) {
      const next = accepted.get(unit);
      if (next === undefined) this.#remove(unit, running);
      else if (next.enabled !== running.wanted.enabled || addressOf(next) !== addressOf(running.wanted))
        this.#stop(unit, running);
    }
    for (const [unit, next] of accepted) {
      const running = this.#running.get(unit);
      if (running === undefined) this.#start(next);
      else if (JSON.stringify(running.wanted) !== JSON.stringify(next)) {
        running.wanted = next;
        running.acquisition.configure(next);
      }
    }
    return applied;
  }

  execute(command: Command, progress: (step: string, done: number, of: number) => void): Promise<Reply> {
    return this.#commands.execute(command, progress);
  }

  /** DOD runs at its own pace whoever watches; only the 10 Hz stream follows demand. */
  demand(demand: Demand['units']): void {
    this.#demand = demand;
    for (const [unit, { acquisition }] of this.#running) acquisition.watchStream(demand[unit]?.stream === true);
  }

  health(): EdgeHealth['units'] {
    return Object.fromEntries([...this.#running].map(([unit, { acquisition }]) => [unit, acquisition.takeFigures()]));
  }

  announce(): void {
    for (const { acquisition } of this.#running.values()) acquisition.announce();
  }

  ownerSeen(unit: string, owner: SlotOwner, kept: boolean): void {
    this.#running.get(unit)?.acquisition.ownerSeen(owner, kept);
  }

  get hasStoodBack(): boolean {
    const running = [...this.#running.values()];
    return running.length > 0 && running.every(({ acquisition }) => acquisition.hasRival);
  }

  claimed(): void {
    this.#hasClaimed = true;
    for (const { acquisition } of this.#running.values()) acquisition.claimed();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#commands.close();
    for (const [unit, running] of this.#running) this.#stop(unit, running);
    await Promise.all(this.#leaving.values());
    await this.#memory.close();
  }

  async #standby(standby: boolean): Promise<number> {
    this.#memory.setStandby(standby);
    const changes = [...this.#running.values()].map(({ acquisition }) => acquisition.changeHold({ standby }));
    await Promise.all([...changes, this.#memory.kept()]);
    return this.#running.size;
  }

  #start(wanted: DesiredUnit): void {
    const { log } = this.#parts;
    const timing = { ...METER_TIMING, ...this.#parts.timing };
    const acquisition = new UnitAcquisition(
      {
        ...this.#parts,
        relay: this.#parts.relay ?? null,
        log: log.child({ unit: wanted.unit }),
        timing,
        streamDodEveryMs: this.#parts.streamDodEveryMs ?? STREAM_DOD_EVERY_MS,
        streamApartMs: this.#parts.streamApartMs ?? STREAM_APART_MS,
        memo: this.#memory.of(wanted.unit),
        remember: (change) => this.#memory.change(wanted.unit, change),
        kept: () => this.#memory.kept(),
        standby: this.#memory.standby,
        nextEventId: () => `${this.#parts.boot.slice(0, 48)}-${++this.#events}`,
      },
      wanted,
    );
    const running: Running = { acquisition, wanted };
    this.#running.set(wanted.unit, running);
    if (this.#hasClaimed) acquisition.claimed();
    acquisition.watchStream(this.#demand[wanted.unit]?.stream === true);
    const leaving = this.#leaving.get(addressOf(wanted));
    if (leaving === undefined) {
      // A former life of the agent may have ended a moment ago, perhaps in a stream.
      const restMs = wanted.acquisition === 'drd' ? timing.streamReconnectMs : timing.reconnectMs;
      acquisition.start(this.#startedMs + restMs);
      return;
    }
    void leaving.then((connectFromMs) => {
      if (!this.#isClosed && this.#running.get(wanted.unit) === running) acquisition.start(connectFromMs);
    });
  }

  #stop(unit: string, { acquisition, wanted }: Running): void {
    this.#running.delete(unit);
    const address = addressOf(wanted);
    const before = this.#leaving.get(address) ?? -Infinity;
    const gone = Promise.all([before, acquisition.close()]).then((instants) => Math.max(...instants));
    this.#leaving.delete(address);
    this.#leaving.set(address, gone);
    const [oldest] = this.#leaving.keys();
    if (this.#leaving.size > MAX_LEFT && oldest !== undefined) this.#leaving.delete(oldest);
  }

  #remove(unit: string, running: Running): void {
    this.#stop(unit, running);
    this.#parts.outlet.unitState(unit, null);
    this.#parts.outlet.unitInfo(unit, null);
  }
}

/** Those that can run; what is wrong with the others goes into `applied`. */
function acceptUnits(wanted: readonly DesiredUnit[], applied: AppliedConfig['units']): ReadonlyMap<string, DesiredUnit> {
  const accepted = new Map<string, DesiredUnit>();
  const owners = new Map<string, string>();
  for (const next of wanted) {
    const owner = owners.get(addressOf(next));
    if (accepted.has(next.unit)) {
      applied[next.unit] = { ok: false, error: 'The unit is in the configuration twice; the first entry runs.' };
    } else if (next.enabled && owner !== undefined) {
      applied[next.unit] = {
        ok: false,
        error: `${addressOf(next)} is the meter of ${owner} already; a meter takes one connection only.`,
      };
    } else {
      accepted.set(next.unit, next);
      if (next.enabled) owners.set(addressOf(next), next.unit);
      applied[next.unit] = { ok: true, error: null };
    }
  }
  return accepted;
}

const addressOf = ({ host, port }: DesiredUnit): string => `${host.toLowerCase()}:${port}`;
