import type { Frame } from '@slmm/protocol';
import type { UnitView } from '../fleet/fleet.ts';

/** How it stands with a unit, as far as it concerns a viewer. */
export interface UnitCondition {
  readonly unit: string;
  /** `null` for a unit that does not exist (any more). */
  readonly view: UnitView | null;
  /** False from the third failure of the meter in a row, or while its edge is away, until it is cured or a live frame proves it cured. */
  readonly reachable: boolean;
  readonly atMs: number;
}

/**
 * The words in which a kind of viewer is told things: SLMM 0.4.0's monitor, or `/api/v1/live`. Pure.
 * The feed encodes each thing once per dialect and shares the bytes among viewers. `null`: this dialect does not say this.
 */
export interface Dialect {
  frame(frame: Frame, view: UnitView | null, missed: number): object;
  /** The unit's condition, told when a viewer begins to watch and whenever `conditionKey` changed. */
  condition(condition: UnitCondition): object | null;
  /** Conditions with the same key sound the same in this dialect. */
  conditionKey(condition: UnitCondition): string;
  /** After 25 s in which this viewer was told nothing. `condition` is of the one unit it watches, `null` when it watches several. */
  heartbeat(condition: UnitCondition | null, atMs: number): object;
}
