/** Bytes that went over the uplink this month (UTC), kept over restarts. A crash costs the count of at most `WRITE_EVERY_MS`. */
import type { Clock, Logger } from '@slmm/shared';
import { z } from 'zod';
import { faultCode } from '../journal/disk.ts';
import type { DurableText } from './durable-text.ts';

const WRITE_EVERY_MS = 600_000;
const keptSchema = z.object({ month: z.string().regex(/^\d{4}-\d{2}$/), bytes: z.int().min(0) });

export class WanMeter {
  readonly #file: DurableText;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #total: () => number;
  #month: string;
  #bytes = 0;
  #counted = 0;
  #writtenMs: number;

  /** `total` counts all bytes since the start of the program. */
  constructor(file: DurableText, clock: Clock, log: Logger, total: () => number) {
    this.#file = file;
    this.#clock = clock;
    this.#log = log;
    this.#total = total;
    this.#month = this.#monthNow();
    this.#writtenMs = clock.monotonicMs();
  }

  async start(): Promise<void> {
    try {
      const kept = keptSchema.safeParse(JSON.parse((await this.#file.read()) ?? 'null'));
      // A later month than the clock's means that the clock is not right yet.
      if (kept.success && kept.data.month >= this.#month) [this.#month, this.#bytes] = [kept.data.month, kept.data.bytes];
    } catch (fault) {
      this.#log.warn({ fault: faultCode(fault) }, 'the count of bytes of this month could not be read; it starts anew');
    }
  }

  /** Bytes so far this month. */
  bytes(): number {
    const total = this.#total();
    const month = this.#monthNow();
    // A wrong clock of the year 1970 is not a month that was begun.
    if (month > this.#month) [this.#month, this.#bytes] = [month, 0];
    this.#bytes += total - this.#counted;
    this.#counted = total;
    return this.#bytes;
  }

  /** Once in a while: writes the count when it is due. */
  async keep(now = false): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (!now && nowMs - this.#writtenMs < WRITE_EVERY_MS) return;
    this.#writtenMs = nowMs;
    try {
      await this.#file.write(JSON.stringify({ month: this.#month, bytes: this.bytes() }));
    } catch (fault) {
      this.#log.warn({ fault: faultCode(fault) }, 'the count of bytes of this month could not be written');
    }
  }

  #monthNow(): string {
    return new Date(this.#clock.nowMs()).toISOString().slice(0, 7);
  }
}
