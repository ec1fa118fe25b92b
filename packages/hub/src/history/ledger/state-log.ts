/** Keeps how a unit's link and run state changed, for the gap ledger. Neighbours: the fleet tells, the reading store keeps. */
import type { UnitState } from '@slmm/protocol';
import type { Logger } from '@slmm/shared';
import type { ReadingStore, UnitStateChange } from '../reading-store.ts';

/** Changes on their way to the store; more than that are left out, and the next one of the unit is kept again. */
const MAX_PENDING = 1000;

export class StateLog {
  readonly #store: Pick<ReadingStore, 'recordState'>;
  readonly #log: Logger;
  readonly #last = new Map<string, Pick<UnitStateChange, 'link' | 'run'>>();
  #pending = 0;

  constructor(store: Pick<ReadingStore, 'recordState'>, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  /** What an edge says of a unit; `null`: it is gone. Repetitions cost nothing. */
  note(unit: string, state: UnitState | null): void {
    if (state === null) {
      this.#last.delete(unit);
      return;
    }
    const last = this.#last.get(unit);
    if (last?.link === state.link && last.run === state.run) return;
    if (this.#pending >= MAX_PENDING) return;
    this.#last.set(unit, { link: state.link, run: state.run });
    this.#keep({ unit, atMs: changedAtMs(state, last?.link), link: state.link, run: state.run });
  }

  #keep(change: UnitStateChange): void {
    this.#pending += 1;
    this.#store
      .recordState(change)
      .catch((error: unknown) => {
        this.#last.delete(change.unit);
        this.#log.warn({ err: error, unit: change.unit }, 'a change of a unit could not be kept; a gap may lack its cause');
      })
      .finally(() => {
        this.#pending -= 1;
      });
  }
}

/** The time of the change by the edge's clock, which is also that of its frames. */
function changedAtMs(state: UnitState, linkBefore: UnitState['link'] | undefined): number {
  const runChanged = linkBefore === state.link && state.run_since !== null;
  return Date.parse(runChanged ? (state.run_since ?? state.since) : state.since);
}
