import type { EdgeHealth } from '@slmm/protocol';

/** Answer times kept between two takes; a minute at full rate has 60. When full, the oldest go. */
const MAX_ANSWER_TIMES = 600;

/** How polling went since the figures were last taken. */
export class PollFigures {
  #answersMs: number[] = [];
  #frames = 0;
  #failures = 0;
  #garbled = 0;

  good(answerMs: number): void {
    if (this.#answersMs.length >= MAX_ANSWER_TIMES) this.#answersMs.shift();
    this.#answersMs.push(answerMs);
  }

  failed(isGarbled: boolean): void {
    this.#failures += 1;
    if (isGarbled) this.#garbled += 1;
  }

  /** A line of the stream that was no tick: the connection is none the worse for it. */
  garbled(): void {
    this.#garbled += 1;
  }

  frame(): void {
    this.#frames += 1;
  }

  /** The figures; counting starts anew. */
  take(): EdgeHealth['units'][string] {
    const sorted = this.#answersMs.sort((a, b) => a - b);
    const figures = {
      poll_p50_ms: quantile(sorted, 0.5),
      poll_p95_ms: quantile(sorted, 0.95),
      frames: this.#frames,
      failures: this.#failures,
      garbled: this.#garbled,
    };
    this.#answersMs = [];
    this.#frames = 0;
    this.#failures = 0;
    this.#garbled = 0;
    return figures;
  }
}

function quantile(sorted: readonly number[], share: number): number | null {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return value === undefined ? null : Math.round(value * 10) / 10;
}
