import { LevelHistory } from './levels/level-history.ts';
import { heldLevel, type LevelSource } from './levels/level-source.ts';

/** What a meter hears: the sound of its place, or a held level in its stead. */
export class MeterSound implements LevelSource {
  readonly #history: LevelHistory;
  #place: LevelSource;
  #heldDb: number | null = null;

  constructor(place: LevelSource) {
    this.#place = place;
    this.#history = new LevelHistory(place);
  }

  get heldDb(): number | null {
    return this.#heldDb;
  }

  /** From `atMs` on a steady level, or with `null` the sound of the place again. */
  hold(levelDb: number | null, atMs: number): void {
    this.#heldDb = levelDb;
    this.#history.switchTo(levelDb === null ? this.#place : heldLevel(levelDb), atMs);
  }

  /** Another sound of the place; a held level goes on. */
  replace(place: LevelSource, atMs: number): void {
    this.#place = place;
    this.hold(this.#heldDb, atMs);
  }

  levelAt(tickMs: number): number {
    return this.#history.levelAt(tickMs);
  }
}
