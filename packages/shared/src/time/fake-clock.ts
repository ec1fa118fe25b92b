import type { Clock } from './clock.ts';

interface Task {
  readonly dueMs: number;
  readonly run: () => void;
  isCancelled: boolean;
}

/** A clock that moves only when told to: for tests and the deterministic simulation. */
export class FakeClock implements Clock {
  #wallMs: number;
  #monotonicMs = 0;
  /** By the instant they are due, and those of one instant in the order in which they were set; the next one last, where it is taken from cheaply. */
  readonly #tasks: Task[] = [];

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#wallMs = startMs;
  }

  nowMs(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  after(delayMs: number, task: () => void): () => void {
    const entry: Task = { dueMs: this.#monotonicMs + Math.max(0, delayMs), run: task, isCancelled: false };
    this.#tasks.splice(this.#placeOf(entry.dueMs), 0, entry);
    return () => {
      entry.isCancelled = true;
    };
  }

  /** When the next task is due (monotonic ms), or `null` when none waits. */
  nextDueMs(): number | null {
    return this.#next()?.dueMs ?? null;
  }

  /** Lets `ms` pass, running due tasks in order at their own instants. */
  advance(ms: number): void {
    const endMs = this.#monotonicMs + ms;
    for (let next = this.#next(); next !== null && next.dueMs <= endMs; next = this.#next()) {
      this.#tasks.pop();
      this.#pass(next.dueMs - this.#monotonicMs);
      next.run();
    }
    this.#pass(endMs - this.#monotonicMs);
  }

  /** Steps the wall clock as NTP or a dead RTC would; monotonic time and timers do not notice. */
  stepWall(byMs: number): void {
    this.#wallMs += byMs;
  }

  #next(): Task | null {
    while (this.#tasks.at(-1)?.isCancelled === true) this.#tasks.pop();
    return this.#tasks.at(-1) ?? null;
  }

  /** Before (that is: later than) all tasks that are due at the same instant or sooner. */
  #placeOf(dueMs: number): number {
    let low = 0;
    let high = this.#tasks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#tasks[middle]?.dueMs ?? 0) > dueMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #pass(ms: number): void {
    this.#monotonicMs += ms;
    this.#wallMs += ms;
  }
}
