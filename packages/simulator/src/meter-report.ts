/** What one meter saw, for tests and people: connections, commands, distances between them, and every DOD answer by number. */

/** Lists keep the last so many entries; the numbers beside them go on. */
const KEPT = 500;

export interface CommandRecord {
  readonly atMs: number;
  readonly line: string;
  readonly code: string;
  /** From the end of the answer before to this command, `null` for the first. */
  readonly gapMs: number | null;
}

export interface DodRecord {
  /** From 1, no holes. */
  readonly number: number;
  /** When it was put on the wire. */
  readonly atMs: number;
  readonly line: string;
}

export interface ReportView {
  readonly connections: { readonly now: number; readonly total: number; readonly most: number; readonly turnedAway: number };
  readonly bytes: { readonly received: number; readonly sent: number };
  /** Counts by command name, as `DOD?` or `Measure,`. */
  readonly commands: Readonly<Record<string, number>>;
  readonly leastGapMs: number | null;
  readonly streamedLines: number;
  /** Commands that came faster than the meter keeps. */
  readonly droppedCommands: number;
  readonly recent: readonly CommandRecord[];
  readonly dods: { readonly count: number; readonly recent: readonly DodRecord[] };
}

export class MeterReport {
  #now = 0;
  #total = 0;
  #most = 0;
  #turnedAway = 0;
  #received = 0;
  #sent = 0;
  #streamed = 0;
  #dropped = 0;
  #leastGapMs: number | null = null;
  #answeredMs: number | null = null;
  #dodCount = 0;
  readonly #commands = new Map<string, number>();
  readonly #recent: CommandRecord[] = [];
  readonly #dods: DodRecord[] = [];

  connected(): void {
    this.#now += 1;
    this.#total += 1;
    this.#most = Math.max(this.#most, this.#now);
  }

  disconnected(): void {
    this.#now -= 1;
  }

  turnedAway(): void {
    this.#turnedAway += 1;
  }

  received(bytes: number): void {
    this.#received += bytes;
  }

  sent(bytes: number): void {
    this.#sent += bytes;
  }

  streamed(): void {
    this.#streamed += 1;
  }

  dropped(): void {
    this.#dropped += 1;
  }

  /** A command has come, `atMs` simulator's wall time; one that came before the last answer was out has no distance to it: 0. */
  command(line: string, code: string, atMs: number): void {
    const name = /^[^,?]*[,?]?/.exec(line)?.[0].slice(0, 40) ?? '';
    // Garbage must not grow the table without end.
    const key = this.#commands.has(name) || this.#commands.size < 200 ? name : 'other';
    this.#commands.set(key, (this.#commands.get(key) ?? 0) + 1);
    const gapMs = this.#answeredMs === null ? null : Math.max(0, Math.round((atMs - this.#answeredMs) * 10) / 10);
    if (gapMs !== null && (this.#leastGapMs === null || gapMs < this.#leastGapMs)) this.#leastGapMs = gapMs;
    keep(this.#recent, { atMs: Math.round(atMs), line: line.slice(0, 80), code, gapMs });
  }

  /** An answer has been put on the wire, to its end. */
  answered(atMs: number): void {
    this.#answeredMs = atMs;
  }

  dod(line: string, atMs: number): void {
    this.#dodCount += 1;
    keep(this.#dods, { number: this.#dodCount, atMs: Math.round(atMs), line });
  }

  /** The last DOD answers, oldest first. */
  newestDods(count: number): readonly DodRecord[] {
    return this.#dods.slice(-count);
  }

  view(): ReportView {
    return {
      connections: { now: this.#now, total: this.#total, most: this.#most, turnedAway: this.#turnedAway },
      bytes: { received: this.#received, sent: this.#sent },
      commands: Object.fromEntries(this.#commands),
      leastGapMs: this.#leastGapMs,
      streamedLines: this.#streamed,
      droppedCommands: this.#dropped,
      recent: [...this.#recent],
      dods: { count: this.#dodCount, recent: [...this.#dods] },
    };
  }
}

function keep<T>(list: T[], entry: T): void {
  list.push(entry);
  if (list.length > KEPT) list.shift();
}
