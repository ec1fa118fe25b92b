import type { LevelSource } from './level-source.ts';

/** Far more switches than any test makes. Past it the oldest are forgotten: files of that time are then computed from the next source. */
const MAX_SWITCHES = 512;

/** Which source was heard when. Files on the card are computed from it long after a level was held or a series changed. */
export class LevelHistory implements LevelSource {
  readonly #spans: { readonly fromMs: number; readonly source: LevelSource }[];
  #current: { readonly fromMs: number; readonly source: LevelSource };

  constructor(first: LevelSource) {
    this.#current = { fromMs: Number.NEGATIVE_INFINITY, source: first };
    this.#spans = [this.#current];
  }

  /** From this instant on the meter hears `source`. Instants must not go back. */
  switchTo(source: LevelSource, fromMs: number): void {
    this.#current = { fromMs, source };
    this.#spans.push(this.#current);
    if (this.#spans.length > MAX_SWITCHES) this.#spans.shift();
  }

  levelAt(tickMs: number): number {
    if (tickMs >= this.#current.fromMs) return this.#current.source.levelAt(tickMs);
    const span = this.#spans.findLast((one) => tickMs >= one.fromMs) ?? this.#spans[0] ?? this.#current;
    return span.source.levelAt(tickMs);
  }
}
