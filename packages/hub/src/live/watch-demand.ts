import type { Demand } from '@slmm/protocol';
import type { Clock } from '@slmm/shared';
import type { Fleet } from '../fleet/fleet.ts';

/** A page that reloads, or a phone that changes cells, must not make the edge change its pace twice. */
const RELEASE_MS = 15_000;

/** What a viewer wants of a unit: its frames, or the 10 Hz stream. */
export type Wish = 'watched' | 'stream';
const WISHES: readonly Wish[] = ['watched', 'stream'];

/** Viewers of one kind, and the wish that outlives the last of them for a while. */
interface Interest {
  viewers: number;
  cancelRelease: (() => void) | null;
}

interface Wanted {
  readonly interests: Record<Wish, Interest>;
  sendAbove: number | null;
}

/**
 * Tells edges what is wanted of each unit, all wishes in one: watched and streamed from the first viewer until a little after the last,
 * and levels worth an immediate send. Only units that exist are asked for. The one that speaks for demand on this hub.
 */
export class WatchDemand {
  readonly #fleet: Fleet;
  readonly #clock: Clock;
  readonly #wanted = new Map<string, Wanted>();
  readonly #told = new Map<string, string>();

  constructor(fleet: Fleet, clock: Clock) {
    this.#fleet = fleet;
    this.#clock = clock;
  }

  /** One viewer more. */
  watch(unit: string, wish: Wish = 'watched'): void {
    const interest = this.#of(unit).interests[wish];
    interest.viewers += 1;
    interest.cancelRelease?.();
    interest.cancelRelease = null;
    this.#tell(unit);
  }

  /** One viewer less. */
  release(unit: string, wish: Wish = 'watched'): void {
    const interest = this.#wanted.get(unit)?.interests[wish];
    if (interest === undefined || interest.viewers === 0) return;
    interest.viewers -= 1;
    if (interest.viewers > 0) return;
    interest.cancelRelease = this.#clock.after(RELEASE_MS, () => {
      interest.cancelRelease = null;
      this.#tell(unit);
    });
  }

  /** Levels (dB) at or over this are sent at once, also in economy; `null`: none are. */
  sendAbove(unit: string, levelDb: number | null): void {
    if (levelDb === null && !this.#wanted.has(unit)) return;
    this.#of(unit).sendAbove = levelDb;
    this.#tell(unit);
  }

  /** How many watch a unit now. */
  viewers(unit: string): number {
    const wanted = this.#wanted.get(unit);
    return wanted === undefined ? 0 : WISHES.reduce((sum, wish) => sum + wanted.interests[wish].viewers, 0);
  }

  /** Says it again, for a unit that came into being while somebody already watched its name. */
  renew(unit: string): void {
    if (!this.#wanted.has(unit)) return;
    this.#told.delete(unit);
    this.#tell(unit);
  }

  close(): void {
    for (const { interests } of this.#wanted.values()) for (const wish of WISHES) interests[wish].cancelRelease?.();
  }

  #of(unit: string): Wanted {
    let wanted = this.#wanted.get(unit);
    if (wanted === undefined) {
      const interest = (): Interest => ({ viewers: 0, cancelRelease: null });
      wanted = { interests: { watched: interest(), stream: interest() }, sendAbove: null };
      this.#wanted.set(unit, wanted);
    }
    return wanted;
  }

  #tell(unit: string): void {
    const wanted = this.#wanted.get(unit);
    if (wanted === undefined) return;
    const isWished = (wish: Wish): boolean => wanted.interests[wish].viewers > 0 || wanted.interests[wish].cancelRelease !== null;
    const demand: Demand['units'][string] = {
      watched: isWished('watched') || isWished('stream'),
      stream: isWished('stream'),
      send_above: wanted.sendAbove,
    };
    const isNothing = !demand.watched && demand.send_above === null;
    if (isNothing) this.#wanted.delete(unit);
    const text = isNothing ? '' : JSON.stringify(demand);
    if ((this.#told.get(unit) ?? '') === text || this.#fleet.unit(unit) === null) {
      if (isNothing) this.#told.delete(unit);
      return;
    }
    if (isNothing) this.#told.delete(unit);
    else this.#told.set(unit, text);
    this.#fleet.demand(unit, isNothing ? null : demand);
  }
}
