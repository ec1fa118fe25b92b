-- Readings, and how far each stream has come: the twin of sql/sqlite/0001_readings.sql.

CREATE TABLE reading_units (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE reading_streams (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  unit integer NOT NULL REFERENCES reading_units (id),
  epoch text COLLATE "C" NOT NULL,
  edge text COLLATE "C" NOT NULL,
  settled text NOT NULL,
  lost text NOT NULL,
  UNIQUE (unit, epoch)
);

CREATE TABLE reading_rows (
  stream integer NOT NULL,
  unit integer NOT NULL,
  seq bigint NOT NULL,
  at_ms bigint NOT NULL,
  late boolean NOT NULL,
  body bytea NOT NULL,
  CONSTRAINT reading_rows_once UNIQUE (stream, seq)
);
CREATE INDEX reading_rows_by_time ON reading_rows (unit, at_ms);
-- Bodies are some fifty bytes; trying to compress them would only cost.
ALTER TABLE reading_rows ALTER COLUMN body SET STORAGE PLAIN;

CREATE VIEW readings AS
SELECT u.name AS unit, s.epoch AS epoch, r.seq AS seq, r.at_ms AS at_ms, r.late AS late
FROM reading_rows r JOIN reading_streams s ON s.id = r.stream JOIN reading_units u ON u.id = r.unit;

CREATE TABLE dead_letters (
  id bytea PRIMARY KEY,
  at_ms bigint NOT NULL,
  topic text NOT NULL,
  reason text NOT NULL,
  payload bytea NOT NULL,
  times integer NOT NULL
);
CREATE INDEX dead_letters_by_time ON dead_letters (at_ms);

CREATE TABLE unit_states (
  unit text COLLATE "C" NOT NULL,
  at_ms bigint NOT NULL,
  link text NOT NULL,
  run text NOT NULL,
  PRIMARY KEY (unit, at_ms)
);
