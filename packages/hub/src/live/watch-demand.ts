import type { Clock } from '@slmm/shared';
import type { Fleet } from '../fleet/fleet.ts';

/** A page that reloads, or a phone that changes cells, must not make the edge change its pace twice. */
const RELEASE_MS = 15_000;

/** Tells edges which units somebody watches, from the first viewer until a little after the last. Only units that exist are asked for. */
export class WatchDemand {
  readonly #fleet: Fleet;
  readonly #clock: Clock;
  readonly #viewers = new Map<string, number>();
  readonly #releases = new Map<string, () => void>();

  constructor(fleet: Fleet, clock: Clock) {
    this.#fleet = fleet;
    this.#clock = clock;
  }

  /** One viewer more. */
  watch(unit: string): void {
    const viewers = this.#viewers.get(unit) ?? 0;
    this.#viewers.set(unit, viewers + 1);
    if (viewers > 0) return;
    const release = this.#releases.get(unit);
    if (release === undefined) this.renew(unit);
    else {
      release();
      this.#releases.delete(unit);
    }
  }

  /** One viewer less. */
  release(unit: string): void {
    const viewers = (this.#viewers.get(unit) ?? 0) - 1;
    if (viewers > 0) {
      this.#viewers.set(unit, viewers);
      return;
    }
    if (!this.#viewers.delete(unit)) return;
    const cancel = this.#clock.after(RELEASE_MS, () => {
      this.#releases.delete(unit);
      if (this.#fleet.unit(unit) !== null) this.#fleet.demand(unit, null);
    });
    this.#releases.set(unit, cancel);
  }

  /** Says it again, for a unit that came into being while somebody already watched its name. */
  renew(unit: string): void {
    if (this.#viewers.has(unit) && this.#fleet.unit(unit) !== null) {
      this.#fleet.demand(unit, { watched: true, stream: false, send_above: null });
    }
  }

  close(): void {
    for (const cancel of this.#releases.values()) cancel();
    this.#releases.clear();
  }
}
