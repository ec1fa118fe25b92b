import type { AppliedConfig, Command, Demand, DesiredUnit, EdgeHealth, Reply } from '@slmm/protocol';
import type { SlotOwner } from './slot-hold.ts';
import type { Closeable } from '@slmm/shared';

/** All meters of this edge. Each has its own slot, queue and pace; none waits for another. */
export interface Units extends Closeable {
  /** Brings the running units in line with what is wanted: starts, changes and stops only those that differ. */
  apply(wanted: readonly DesiredUnit[]): AppliedConfig['units'];
  /** Carries out one command on one unit and says what became of it. Never rejects. `progress` may be called before the end. */
  execute(command: Command, progress: (step: string, done: number, of: number) => void): Promise<Reply>;
  /** What somebody wants to see right now. */
  demand(demand: Demand['units']): void;
  /** An owner record of a unit, of another boot of this edge; `kept` when the broker had it before. */
  ownerSeen?(unit: string, owner: SlotOwner, kept: boolean): void;
  /** Whether other agents of the same name have taken over everything that this one had. */
  readonly hasStoodBack?: boolean;
  /** The hub's broker has been spoken to for a while: what it kept is known. */
  claimed?(): void;
  /** Figures since the last call, by unit. */
  health(): EdgeHealth['units'];
  /** Publishes state and info of every unit again (a broker may have forgotten). */
  announce(): void;
}
