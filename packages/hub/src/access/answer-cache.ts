import type { Clock } from '@slmm/shared';

/** How long an answer of the store is believed: a page asks many times a second. What another process revokes loses its power within this time; what is revoked here at once. */
const KEEP_MS = 5_000;
/** Most answers kept; the oldest goes first. Only what is there is kept, so guessing fills nothing. */
const MAX_KEPT = 1_000;

/** What the store has answered a moment ago, by the hash of what was asked for. */
export class AnswerCache<T> {
  readonly #clock: Clock;
  readonly #kept = new Map<string, { readonly answer: T; readonly untilMs: number }>();
  /** Counts forgettings: an answer that was under way meanwhile is not kept. */
  #forgettings = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The answer that is kept, or else the one that `ask` gets. */
  async answer(hash: string, ask: () => Promise<T | null>): Promise<T | null> {
    const nowMs = this.#clock.monotonicMs();
    const kept = this.#kept.get(hash);
    if (kept !== undefined && nowMs < kept.untilMs) return kept.answer;
    this.#kept.delete(hash);
    const before = this.#forgettings;
    const answer = await ask();
    if (answer === null || before !== this.#forgettings) return answer;
    const oldest = this.#kept.keys().next();
    if (this.#kept.size >= MAX_KEPT && oldest.done !== true) this.#kept.delete(oldest.value);
    this.#kept.set(hash, { answer, untilMs: nowMs + KEEP_MS });
    return answer;
  }

  /** Answers of which this holds are not believed any longer. */
  forget(which: (answer: T) => boolean): void {
    this.#forgettings += 1;
    for (const [hash, { answer }] of this.#kept) if (which(answer)) this.#kept.delete(hash);
  }
}
