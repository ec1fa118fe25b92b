-- Readings, and how far each stream has come. The layout and its measurements: docs/decisions/0006-reading-layout.md.

CREATE TABLE reading_units (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);

-- One unit and epoch. `settled` and `lost` are JSON: ranges of seqs, and those written off with their causes.
CREATE TABLE reading_streams (
  id INTEGER PRIMARY KEY,
  unit INTEGER NOT NULL REFERENCES reading_units (id),
  epoch TEXT NOT NULL,
  edge TEXT NOT NULL,
  settled TEXT NOT NULL,
  lost TEXT NOT NULL,
  UNIQUE (unit, epoch)
);

-- In the order of commits. `body` holds the frame (reading-record.ts); what is asked for has columns.
CREATE TABLE reading_rows (
  stream INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  unit INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  late INTEGER NOT NULL,
  body BLOB NOT NULL
);
CREATE UNIQUE INDEX reading_rows_once ON reading_rows (stream, seq);
CREATE INDEX reading_rows_by_time ON reading_rows (unit, at_ms);

-- What a person or a check wants to see of it.
CREATE VIEW readings AS
SELECT u.name AS unit, s.epoch AS epoch, r.seq AS seq, r.at_ms AS at_ms, r.late AS late
FROM reading_rows r JOIN reading_streams s ON s.id = r.stream JOIN reading_units u ON u.id = r.unit;

CREATE TABLE dead_letters (
  id BLOB PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  topic TEXT NOT NULL,
  reason TEXT NOT NULL,
  payload BLOB NOT NULL,
  times INTEGER NOT NULL
);
CREATE INDEX dead_letters_by_time ON dead_letters (at_ms);

CREATE TABLE unit_states (
  unit TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  link TEXT NOT NULL,
  run TEXT NOT NULL,
  PRIMARY KEY (unit, at_ms)
) WITHOUT ROWID;
