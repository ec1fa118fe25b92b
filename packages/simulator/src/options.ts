/** What a simulated meter is told at its start. */
import type { Habits } from './meter/execute.ts';

export interface MeterOptions {
  readonly habits: Habits;
  /** Time from a command to its answer. */
  readonly latencyMs: number;
  /** Time from an answer to the prompt `$`. */
  readonly promptMs: number;
  /** What a second client meets while the slot is taken: an unanswered SYN, as at a real meter, or a reset that the report counts. */
  readonly busy: 'timeout' | 'reset';
  /** How long the slot stays taken after a client's FIN, and after one that had a DRD stream (seen: between 2.9 and 4.9 s). */
  readonly slotLingerMs: number;
  readonly slotLingerAfterStreamMs: number;
  /** With Sleep Mode on, stopped and without a command for so long, the meter sleeps. */
  readonly sleepAfterMs: number;
  readonly measuring: boolean;
  readonly clockOffsetMs: number;
  /** Megabytes of wave recordings on the card, in the folder of the oldest measurement. */
  readonly waveMb: number;
  readonly ftpUser: string;
  readonly ftpPassword: string;
}

export const METER_DEFAULTS: MeterOptions = {
  habits: { spaceAfterComma: false, reset: true },
  latencyMs: 5,
  promptMs: 20,
  busy: 'timeout',
  slotLingerMs: 200,
  slotLingerAfterStreamMs: 4_000,
  sleepAfterMs: 1_800_000,
  measuring: true,
  clockOffsetMs: 0,
  waveMb: 0,
  ftpUser: 'USER',
  ftpPassword: '0000',
};
