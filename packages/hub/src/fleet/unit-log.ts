/**
 * What has happened to each unit, as lines for people (SLMM 0.4.0's device log): levels and categories are SLMM's words.
 * Shell over a store; lines are written in the order in which they happened. Neighbours: the fleet tells, api/nl43/logs.ts reads.
 */
import type { UnitEvent, UnitState } from '@slmm/protocol';
import { type Clock, type Closeable, fromInstant, type Logger } from '@slmm/shared';
import type { Fleet } from './fleet.ts';

/** Lines kept per unit; the oldest go first. */
export const MAX_UNIT_LOG_LINES = 5_000;
/** Lines that wait for the store; more are left out and told of in the hub's own log, because a log must not hold up what it is about. */
const MAX_WAITING = 2_000;

export type LogLevel = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR';
export type LogCategory = 'TCP' | 'FTP' | 'POLL' | 'COMMAND' | 'STATE' | 'SYNC';

export interface LogLine {
  readonly unit: string;
  readonly atMs: number;
  readonly level: string;
  readonly category: string;
  readonly message: string;
}

export interface StoredLogLine extends LogLine {
  readonly id: number;
}

export interface LogQuery {
  readonly limit: number;
  readonly offset: number;
  readonly level: string | null;
  readonly category: string | null;
}

/** Of all lines of a unit. */
export interface LogStats {
  readonly total: number;
  readonly byLevel: Readonly<Record<string, number>>;
  readonly byCategory: Readonly<Record<string, number>>;
  readonly oldestMs: number | null;
  readonly newestMs: number | null;
}

/** Where the lines live. Port; `append` also drops what is over the bound. */
export interface UnitLogStore {
  append(lines: readonly LogLine[]): Promise<void>;
  /** Newest first. */
  lines(unit: string, query: LogQuery): Promise<readonly StoredLogLine[]>;
  stats(unit: string): Promise<LogStats>;
  /** How many there were. */
  clear(unit: string): Promise<number>;
}

type Told = Pick<LogLine, 'level' | 'category' | 'message'>;

/** The line of an event. Pure. */
export function lineOfEvent({ kind, text }: UnitEvent): Told | null {
  const line = (level: LogLevel, category: LogCategory): Told => ({ level, category, message: text });
  switch (kind) {
    case 'run-changed':
      // Told with its time by the state itself.
      return null;
    case 'link-changed':
    case 'wedge-suspected':
    // It cuts power.
    case 'relay':
      return line('WARNING', 'TCP');
    case 'wedge-confirmed':
      return line('ERROR', 'TCP');
    case 'wedge-cured':
    case 'slot':
      return line('INFO', 'TCP');
    case 'command':
      return line('INFO', 'COMMAND');
    case 'clock-stepped':
    case 'clock-drift':
      return line('WARNING', 'SYNC');
    case 'reboot-seen':
    case 'fallback':
    case 'overload':
      return line('WARNING', 'STATE');
    case 'reset-seen':
    case 'settings-changed':
      return line('INFO', 'STATE');
  }
}

/** The line of a run state that has changed; `null` where nothing is known to have changed. Pure. */
export function lineOfRun(before: string | undefined, { run, run_since: since }: UnitState): Told | null {
  if (before === undefined || before === run || run === 'unknown') return null;
  const at = since === null ? '' : ` at ${since.replace('T', ' ').replace('Z', '')}`;
  return { level: 'INFO', category: 'STATE', message: run === 'Start' ? `Measurement STARTED${at}` : 'Measurement STOPPED' };
}

export class UnitLog implements Closeable {
  readonly store: UnitLogStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #runs = new Map<string, string>();
  readonly #stop: () => void;
  #waiting: LogLine[] = [];
  #leftOut = 0;
  #writing: Promise<void> | null = null;

  constructor(parts: { readonly fleet: Fleet; readonly store: UnitLogStore; readonly clock: Clock; readonly log: Logger }) {
    this.store = parts.store;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#stop = parts.fleet.listen({
      unitEvent: (unit, event) => this.#note(unit, fromInstant(event.at), lineOfEvent(event)),
      unitState: (unit, state) => {
        if (state === null) return;
        this.#note(unit, null, lineOfRun(this.#runs.get(unit), state));
        if (state.run !== 'unknown') this.#runs.set(unit, state.run);
      },
      unitConfig: (unit, config) => {
        if (config === null) this.#runs.delete(unit);
      },
    });
  }

  /** Resolves when everything told so far is stored, or was given up. */
  async written(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }

  async close(): Promise<void> {
    this.#stop();
    await this.written();
  }

  #note(unit: string, atMs: number | null, told: Told | null): void {
    if (told === null) return;
    if (this.#waiting.length >= MAX_WAITING) {
      this.#leftOut += 1;
      return;
    }
    this.#waiting.push({ unit, atMs: atMs ?? this.#clock.nowMs(), ...told });
    this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    // The next turn, so that what happens together is written together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const [lines, leftOut] = [this.#waiting, this.#leftOut];
      this.#waiting = [];
      this.#leftOut = 0;
      if (leftOut > 0) this.#log.warn({ leftOut }, 'the unit log could not keep up; lines are left out of it');
      try {
        await this.store.append(lines);
      } catch (error) {
        this.#log.warn({ err: error, lines: lines.length }, 'lines of the unit log could not be stored; they are lost');
      }
    }
    this.#writing = null;
  }
}
