import type { Clock } from './clock.ts';

interface Task {
  readonly dueMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** A clock that moves only when told to: for tests and the deterministic simulation. */
export class FakeClock implements Clock {
  #wallMs: number;
  #monotonicMs = 0;
  #order = 0;
  #tasks: Task[] = [];

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
    const entry: Task = { dueMs: this.#monotonicMs + Math.max(0, delayMs), order: this.#order++, run: task };
    this.#tasks.push(entry);
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== entry);
    };
  }

  /** When the next task is due (monotonic ms), or `null` when none waits. */
  nextDueMs(): number | null {
    return this.#tasks.reduce<number | null>((least, task) => (least === null || task.dueMs < least ? task.dueMs : least), null);
  }

  /** Lets `ms` pass, running due tasks in order at their own instants. */
  advance(ms: number): void {
    const endMs = this.#monotonicMs + ms;
    for (;;) {
      const due = this.#tasks.filter((task) => task.dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)[0];
      if (due === undefined) break;
      this.#tasks = this.#tasks.filter((task) => task !== due);
      this.#pass(due.dueMs - this.#monotonicMs);
      due.run();
    }
    this.#pass(endMs - this.#monotonicMs);
  }

  /** Steps the wall clock as NTP or a dead RTC would; monotonic time and timers do not notice. */
  stepWall(byMs: number): void {
    this.#wallMs += byMs;
  }

  #pass(ms: number): void {
    this.#monotonicMs += ms;
    this.#wallMs += ms;
  }
}
