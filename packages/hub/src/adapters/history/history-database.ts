/** What the two databases say differently of the tables of history. Neighbours: history-tables.ts says the rest once for both; sqlite/ and postgres/ are the two. */
export type Soon<T> = T | Promise<T>;

/** One connection to the tables of history. Parameters are `$1`, `$2`, …; big numbers come as numbers, flags as what is true or false in an `if`. */
export interface HistoryDatabase {
  /** The column by which a row of readings is told, growing with every row. */
  readonly rowNumber: string;
  /** Takes the bytes of at most `$2` blocks that were stored before `$1`. */
  readonly pruneBlocks: string;
  /** Deletes at most `$3` rollups of level `$1` that start before `$2`, but none that can still be made of readings: an answer must not depend on the level it is taken from. */
  readonly pruneRollups: string;

  /** One snapshot of everything for the questions in `work`. */
  reading<T>(work: () => Promise<T>): Promise<T>;
  /** All of `work` or nothing of it; nobody else packs or imports for these units meanwhile. */
  writing<T>(units: readonly string[], work: () => Promise<T>): Promise<T>;
  rows<Row>(text: string, values: readonly unknown[]): Soon<Row[]>;
  /** Answers how many rows were changed. */
  change(text: string, values: readonly unknown[]): Soon<number>;

  /** The highest number that a row of readings has. */
  mark(): Soon<number>;
  /** Rows of the unit and span by their numbers. */
  deleteRows(unit: number, startMs: number, endMs: number, numbers: readonly number[]): Soon<unknown>;
  storedBytes(): Soon<number>;
  /** Gives some of the bytes that hold nothing back to the disk, where these are many; answers how many. */
  reclaim(): Soon<number>;
  close(): Soon<void>;
}
