/** Puts a series of other origin into a unit's history, row by row as it comes. Neighbours: level-rows.ts reads rows, HistoryStore keeps them; import-levels-task.ts is the command. */
import type { HistoryStore } from '../history-store.ts';
import { type ImportSeconds, importedReading, secondsOf, usualStepMs } from './imported-reading.ts';
import { type LevelRow, LevelRows } from './level-rows.ts';

/** Rows that go to the store in one piece. */
const BATCH = 7_200;
/** Rows by which the length of the intervals is told. */
const LOOK_AHEAD = 100;
const MAX_REASONS = 10;

export interface ImportOrder {
  readonly unit: string;
  readonly zone: string;
  /** `null`: told by the first rows. */
  readonly seconds: ImportSeconds | null;
}

export interface ImportReport {
  readonly seconds: ImportSeconds;
  /** Rows of the file after its header, blank lines left out. */
  readonly rows: number;
  readonly stored: number;
  /** Rows that were there already. */
  readonly known: number;
  /** Rows without a level. */
  readonly empty: number;
  readonly refused: number;
  /** Why the first of them were refused, with their line. */
  readonly reasons: readonly string[];
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** The file is not what it should be; nothing of it was stored. */
export class NoSeries extends Error {
  override readonly name = 'NoSeries';
}

/** Reads `lines` once and keeps no more of them than a batch. `progress` hears of every batch that is on the disk. */
export async function importLevels(
  order: ImportOrder,
  lines: AsyncIterable<string>,
  store: Pick<HistoryStore, 'importReadings'>,
  progress: (report: ImportReport) => void,
): Promise<ImportReport> {
  const importing = new Import(order, store, progress);
  for await (const line of lines) await importing.take(line);
  return importing.finish();
}

class Import {
  readonly #order: ImportOrder;
  readonly #store: Pick<HistoryStore, 'importReadings'>;
  readonly #progress: (report: ImportReport) => void;
  #rows: LevelRows | null = null;
  /** Length of the intervals, once the first rows were looked at. */
  #known: ImportSeconds | null = null;
  #line = 0;
  #waiting: LevelRow[] = [];
  #report = { rows: 0, stored: 0, known: 0, empty: 0, refused: 0, fromMs: null as number | null, toMs: null as number | null };
  readonly #reasons: string[] = [];

  constructor(order: ImportOrder, store: Pick<HistoryStore, 'importReadings'>, progress: (report: ImportReport) => void) {
    this.#order = order;
    this.#store = store;
    this.#progress = progress;
  }

  async take(text: string): Promise<void> {
    this.#line += 1;
    // Some programs begin a file with a byte order mark.
    const line = this.#line === 1 ? text.replace(/^\uFEFF/, '') : text;
    if (this.#rows === null) {
      this.#rows = new LevelRows(line, this.#order.zone);
      if (this.#rows.read(line).kind === 'row')
        throw new NoSeries('the first line must be a header, and is a row; put one above it, such as time,level');
      this.#rows = new LevelRows(line, this.#order.zone);
      return;
    }
    if (line.trim() === '') return;
    this.#report.rows += 1;
    const result = this.#rows.read(line);
    if (result.kind === 'empty') this.#report.empty += 1;
    else if (result.kind === 'bad') this.#refuse(result.reason);
    else this.#waiting.push(result.row);
    if (this.#waiting.length >= BATCH) await this.#flush();
  }

  async finish(): Promise<ImportReport> {
    if (this.#rows === null) throw new NoSeries('the file is empty');
    if (this.#report.rows > 0 && this.#waiting.length === 0 && this.#report.stored + this.#report.known === 0)
      throw new NoSeries(`no row could be read: ${this.#reasons[0] ?? 'none has a level'}`);
    await this.#flush();
    return this.#told();
  }

  async #flush(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const seconds = (this.#known ??= this.#lookedAhead());
    const waiting = this.#waiting;
    this.#waiting = [];
    const { stored } = await this.#store.importReadings(
      this.#order.unit,
      waiting.map((row) => importedReading(this.#order.unit, row, seconds)),
    );
    const starts = waiting.map((row) => row.startMs);
    const { fromMs, toMs } = this.#report;
    const least = starts.reduce((a, b) => Math.min(a, b), fromMs ?? Infinity);
    const most = starts.reduce((a, b) => Math.max(a, b), (toMs ?? -Infinity) - seconds * 1000);
    this.#report = {
      ...this.#report,
      stored: this.#report.stored + stored,
      known: this.#report.known + waiting.length - stored,
      fromMs: least,
      toMs: most + seconds * 1000,
    };
    this.#progress(this.#told());
  }

  #lookedAhead(): ImportSeconds {
    const starts = this.#waiting.slice(0, LOOK_AHEAD).map((row) => row.startMs);
    const seconds = this.#order.seconds ?? secondsOf(starts);
    if (seconds === null)
      throw new NoSeries('the rows are neither one second nor one minute apart; say which with --seconds 1 or --seconds 60');
    const stepMs = usualStepMs(starts);
    // Rows may be missing, so longer steps are nothing to worry about.
    if (stepMs !== null && stepMs > 0 && stepMs < seconds * 1000)
      throw new NoSeries(`its rows are ${stepMs / 1000} s apart, so they cannot be intervals of ${seconds} s`);
    return seconds;
  }

  #refuse(reason: string): void {
    this.#report.refused += 1;
    if (this.#reasons.length < MAX_REASONS) this.#reasons.push(`line ${this.#line}: ${reason}`);
  }

  #told(): ImportReport {
    return { ...this.#report, seconds: this.#known ?? this.#order.seconds ?? 1, reasons: [...this.#reasons] };
  }
}
