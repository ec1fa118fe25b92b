/**
 * LAeq,T over a series of equal cells: moving (a window at every step) and clock-aligned. The two are different numbers, so every answer says which it is.
 * Windows are added up by merging only; nothing is ever subtracted, so a loud hour leaves no trace in the quiet one after it.
 * Neighbours: history.ts gathers the cells, scheme-answer.ts asks for the loudest window of a period.
 */
import { levelOf } from '@slmm/shared';
import type { Cells } from './cells.ts';
import type { Span } from '../time/spans.ts';
import { addDays, dayBounds, localDateOf } from '../time/zone.ts';

const DAY_MS = 86_400_000;

export interface LeqWindow extends Span {
  readonly leqDb: number | null;
  /** 0..1 */
  readonly coverage: number;
}

/**
 * Clock-aligned windows of `windowMs` that lie within `[fromMs, toMs)`. They begin at local midnight and every `windowMs` from there; what is left over at a day's end is
 * no window. A window of n times 24 h is n whole local days, so 23 or 25 hours where clocks change. Other lengths beyond 24 h have no clock to be aligned to.
 * One after the other, because the clocks of two centuries take a second to read.
 */
export function* clockWindows(fromMs: number, toMs: number, windowMs: number, zone: string): Generator<Span> {
  if (windowMs % DAY_MS === 0) {
    yield* dayWindows(fromMs, toMs, windowMs / DAY_MS, zone);
    return;
  }
  for (let date = localDateOf(fromMs, zone); ; date = addDays(date, 1)) {
    const day = dayBounds(date, zone);
    if (day.startMs >= toMs) return;
    const first = Math.max(0, Math.ceil((fromMs - day.startMs) / windowMs));
    for (let startMs = day.startMs + first * windowMs; startMs + windowMs <= Math.min(day.endMs, toMs); startMs += windowMs)
      yield { startMs, endMs: startMs + windowMs };
  }
}

function* dayWindows(fromMs: number, toMs: number, days: number, zone: string): Generator<Span> {
  let date = localDateOf(fromMs, zone);
  if (dayBounds(date, zone).startMs < fromMs) date = addDays(date, 1);
  for (;;) {
    const next = addDays(date, days);
    const span = { startMs: dayBounds(date, zone).startMs, endMs: dayBounds(next, zone).startMs };
    if (span.endMs > toMs) return;
    if (span.endMs > span.startMs) yield span;
    date = next;
  }
}

/** Windows of `windowCells` cells, one at every `stepCells`th cell, all within the cells. */
export function* movingWindows(cells: Cells, windowCells: number, stepCells: number): Generator<LeqWindow> {
  const windowMs = windowCells * cells.cellMs;
  const sum = new SlidingSum(cells, windowCells);
  for (let first = 0; first + windowCells <= cells.energy.length; first += stepCells) {
    const { energy, validMs } = sum.at(first);
    const startMs = cells.startMs + first * cells.cellMs;
    yield {
      startMs,
      endMs: startMs + windowMs,
      leqDb: validMs > 0 ? levelOf((energy * 1000) / validMs) : null,
      coverage: Math.min(1, validMs / windowMs),
    };
  }
}

/** The loudest window with enough coverage, the earliest of equals; `null` where there is none. */
export function loudestOf(windows: Iterable<LeqWindow>, coverage: number): LeqWindow | null {
  let loudest: LeqWindow | null = null;
  for (const window of windows)
    if (window.leqDb !== null && window.coverage >= coverage && (loudest?.leqDb == null || window.leqDb > loudest.leqDb))
      loudest = window;
  return loudest;
}

/**
 * Sums of a window that slides over cells, in constant time per cell and without subtraction: cells are cut into blocks as long as the window, and any window
 * is the end of one block plus the beginning of the next. Both are kept as running sums (van Herk's way).
 */
class SlidingSum {
  readonly #cells: Cells;
  readonly #window: number;
  readonly #tailEnergy: Float64Array;
  readonly #tailValid: Float64Array;
  #block = -1;
  #head = 0;
  #headEnergy = 0;
  #headValid = 0;

  constructor(cells: Cells, window: number) {
    this.#cells = cells;
    this.#window = window;
    this.#tailEnergy = new Float64Array(window);
    this.#tailValid = new Float64Array(window);
  }

  /** Sum of the window that begins with cell `first`; `first` must not fall from call to call. */
  at(first: number): { readonly energy: number; readonly validMs: number } {
    const block = Math.floor(first / this.#window);
    if (block !== this.#block) this.#enter(block);
    const inBlock = first - block * this.#window;
    const headEnd = first + this.#window;
    for (; this.#head < headEnd; this.#head += 1) {
      this.#headEnergy += this.#cells.energy[this.#head] ?? 0;
      this.#headValid += this.#cells.validMs[this.#head] ?? 0;
    }
    return {
      energy: (this.#tailEnergy[inBlock] ?? 0) + this.#headEnergy,
      validMs: (this.#tailValid[inBlock] ?? 0) + this.#headValid,
    };
  }

  #enter(block: number): void {
    this.#block = block;
    const start = block * this.#window;
    let energy = 0;
    let validMs = 0;
    for (let index = this.#window - 1; index >= 0; index -= 1) {
      energy += this.#cells.energy[start + index] ?? 0;
      validMs += this.#cells.validMs[start + index] ?? 0;
      this.#tailEnergy[index] = energy;
      this.#tailValid[index] = validMs;
    }
    this.#head = start + this.#window;
    this.#headEnergy = 0;
    this.#headValid = 0;
  }
}
