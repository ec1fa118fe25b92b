-- History: readings packed by quarter-hour, and rollups of them. The layout and its measurements: docs/decisions/0007-history-layout.md.

-- All readings of a unit with `at` in [start_ms, start_ms + 15 min), once they are no longer in reading_rows (history/packing/reading-block.ts).
-- `bytes` NULL: pruned; the row stays for the ledger. `pruned` 1: some readings of it are gone, so that its rollups can only be added to.
-- The seven columns after `stored_ms` are set where all readings are one sequence of one epoch, so that the ledger need not unpack them.
CREATE TABLE reading_blocks (
  unit INTEGER NOT NULL,
  start_ms INTEGER NOT NULL,
  count INTEGER NOT NULL,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  stored_ms INTEGER NOT NULL,
  pruned INTEGER NOT NULL,
  epoch TEXT,
  first_seq INTEGER,
  last_seq INTEGER,
  first_at_ms INTEGER,
  live INTEGER,
  late INTEGER,
  max_step_ms INTEGER,
  bytes BLOB
);
CREATE UNIQUE INDEX reading_blocks_once ON reading_blocks (unit, start_ms);
CREATE INDEX reading_blocks_by_age ON reading_blocks (stored_ms) WHERE bytes IS NOT NULL;

-- `level`: width in seconds. `body`: history/packing/rollup-bytes.ts; one column instead of twenty, because a chart of a year reads 8,760 rows and every value of a row costs.
CREATE TABLE rollups (
  unit INTEGER NOT NULL,
  level INTEGER NOT NULL,
  start_ms INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (unit, level, start_ms)
) WITHOUT ROWID;
