/**
 * What must outlive a restart of the agent and is not configuration: since when a meter measures, which units were deactivated, the fences.
 * One small file, written a moment after a change, or at once where something was promised; a memory that cannot be kept is said and costs nothing else.
 */
import { isId } from '@slmm/protocol';
import type { Clock, Closeable, Logger } from '@slmm/shared';
import { z } from 'zod';
import type { ClockReference } from '../diagnosis/meter-clock-watch.ts';
import type { DurableText } from '../uplink/durable-text.ts';
import type { RunRecord } from './run-record.ts';

const WRITE_AFTER_MS = 1000;
/** Units remembered; of those that left, the oldest are forgotten beyond this. */
const MAX_UNITS = 1000;

const memoSchema = z.object({
  run: z
    .object({
      run: z.enum(['Start', 'Stop', 'unknown']),
      sinceMs: z.number().nullable(),
      basis: z.enum(['seen', 'le-leq', 'meter']).nullable(),
      ordered: z.boolean(),
    })
    .nullable()
    .default(null),
  deactivated: z.boolean().default(false),
  lentUntilMs: z.number().nullable().default(null),
  fence: z.int().min(0).default(0),
  clock: z.object({ offsetS: z.number(), atMs: z.number() }).nullable().default(null),
  relayedAtMs: z.number().nullable().default(null),
  ftpOwed: z.enum(['On', 'Off']).nullable().default(null),
});
const memorySchema = z.object({ standby: z.boolean().default(false), units: z.record(z.string(), memoSchema).default({}) });

/** What is remembered of one unit. */
export interface UnitMemo {
  readonly run: RunRecord | null;
  readonly deactivated: boolean;
  /** Wall time until which the slot is lent to another program. */
  readonly lentUntilMs: number | null;
  /** The last fence this edge took for the unit. */
  readonly fence: number;
  /** From which the drift of the meter's clock is counted. */
  readonly clock: ClockReference | null;
  /** Wall time at which the relay was used last. */
  readonly relayedAtMs: number | null;
  /** What FTP has to be switched to, because an order that had switched it was cut off. */
  readonly ftpOwed: 'On' | 'Off' | null;
}

const NOTHING: UnitMemo = {
  run: null,
  deactivated: false,
  lentUntilMs: null,
  fence: 0,
  clock: null,
  relayedAtMs: null,
  ftpOwed: null,
};

export class UnitMemory implements Closeable {
  readonly #file: DurableText | null;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #units = new Map<string, UnitMemo>();
  #standby = false;
  /** What was handed to the disk last. */
  #handed = '';
  #cancelWrite: (() => void) | null = null;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: DurableText | null, clock: Clock, log: Logger) {
    this.#file = file;
    this.#clock = clock;
    this.#log = log;
  }

  /** Reads what was kept; a file that cannot be read is said, and the memory begins empty. Without a file nothing outlives the program. */
  static async open(file: DurableText, clock: Clock, log: Logger): Promise<UnitMemory> {
    const memory = new UnitMemory(file, clock, log);
    try {
      const text = await file.read();
      if (text === null) return memory;
      const { standby, units } = memorySchema.parse(JSON.parse(text));
      memory.#standby = standby;
      for (const [unit, memo] of Object.entries(units)) if (isId(unit)) memory.#units.set(unit, memo);
      memory.#handed = text;
    } catch (error) {
      log.error({ err: error }, 'what the agent remembered of its units cannot be read; it begins anew');
    }
    return memory;
  }

  static forgetful(clock: Clock, log: Logger): UnitMemory {
    return new UnitMemory(null, clock, log);
  }

  get standby(): boolean {
    return this.#standby;
  }

  setStandby(standby: boolean): void {
    this.#standby = standby;
    this.#changed();
  }

  of(unit: string): UnitMemo {
    return this.#units.get(unit) ?? NOTHING;
  }

  change(unit: string, change: Partial<UnitMemo>): void {
    const memo = { ...this.of(unit), ...change };
    this.#units.delete(unit);
    this.#units.set(unit, memo);
    if (this.#units.size > MAX_UNITS) for (const oldest of [...this.#units.keys()].slice(0, 1)) this.#units.delete(oldest);
    this.#changed();
  }

  /** Resolves when everything so far outlives the program, or could not be kept, which is said. For what somebody was promised. */
  async kept(): Promise<void> {
    this.#cancelWrite?.();
    this.#write();
    await this.#writing;
  }

  close(): Promise<void> {
    return this.kept();
  }

  #changed(): void {
    this.#cancelWrite ??= this.#clock.after(WRITE_AFTER_MS, () => this.#write());
  }

  #write(): void {
    this.#cancelWrite = null;
    const text = JSON.stringify({ standby: this.#standby, units: Object.fromEntries(this.#units) });
    const file = this.#file;
    if (file === null || text === this.#handed) return;
    this.#handed = text;
    this.#writing = this.#writing
      .then(() => file.write(text))
      .catch((error: unknown) => {
        this.#handed = '';
        this.#log.error({ err: error }, 'what is known of the units could not be kept; a restart would forget it');
      });
  }
}
