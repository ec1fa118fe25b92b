/** The lines of one `DRD?` stream, tick by tick, with the disorder of fault F9. Pure: text out. */
import type { FaultSet } from '../faults/fault-set.ts';
import type { FaultParams } from '../faults/fault-table.ts';
import { TICK_MS } from '../levels/level-source.ts';

const TICKS_PER_MINUTE = 600;
/** Before the counter wraps: enough to see 598, 599, 600, 1. */
const WRAP_LEAD_TICKS = 3;

export interface StreamPiece {
  readonly text: string;
  /** The connection ends after this piece. */
  readonly cut: boolean;
}

export class DrdStream {
  /** Added to the true tick of the minute; only fault F9 `wrap` sets it. */
  #shift: number | null = null;
  #ticks = 0;
  #stallUntilMs: number | null = null;
  #extraLeft: number | null = null;

  /** What the tick that began at `tickMs` puts on the wire. `lineOf` makes the line for a counter. */
  next(tickMs: number, lineOf: (counter: number) => string, faults: FaultSet): StreamPiece {
    this.#ticks += 1;
    const trouble = faults.get('F9');
    const line = `${lineOf(this.#counter(tickMs, trouble))}\r\n`;
    if (this.#extraLeft !== null) this.#extraLeft -= 1;
    if (trouble === null) return { text: line, cut: false };
    const struck = this.#ticks % trouble.every === 0;
    switch (trouble.mode) {
      case 'drop':
        return { text: struck ? '' : line, cut: false };
      case 'repeat':
        return { text: struck ? line + line : line, cut: false };
      case 'garble':
        return { text: struck ? line.replace(/\d\.\d/, '?.?') : line, cut: false };
      case 'stall':
        this.#stallUntilMs ??= tickMs + trouble.stallMs;
        return { text: tickMs < this.#stallUntilMs ? '' : line, cut: false };
      case 'cut':
        return this.#ticks > trouble.lines ? { text: line.slice(0, line.length >> 1), cut: true } : { text: line, cut: false };
      case 'extra':
      case 'wrap':
        return { text: line, cut: false };
    }
  }

  /** SUB has come. The stream goes on for the extra lines of fault F9, otherwise it is over. */
  stop(faults: FaultSet): void {
    const trouble = faults.get('F9');
    this.#extraLeft ??= trouble?.mode === 'extra' ? trouble.lines : 0;
  }

  /** No further line is due. */
  get over(): boolean {
    return this.#extraLeft !== null && this.#extraLeft <= 0;
  }

  #counter(tickMs: number, trouble: FaultParams<'F9'> | null): number {
    const tick = Math.floor(tickMs / TICK_MS) % TICKS_PER_MINUTE;
    if (trouble?.mode === 'wrap') this.#shift ??= TICKS_PER_MINUTE - WRAP_LEAD_TICKS - tick;
    return ((((tick + (this.#shift ?? 0)) % TICKS_PER_MINUTE) + TICKS_PER_MINUTE) % TICKS_PER_MINUTE) + 1;
  }
}
