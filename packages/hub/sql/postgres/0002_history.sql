-- History: readings packed by quarter-hour, and rollups of them: the twin of sql/sqlite/0002_history.sql.

-- What compaction packs is told by a number that grows with every row.
ALTER TABLE reading_rows ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY;

CREATE TABLE reading_blocks (
  unit integer NOT NULL,
  start_ms bigint NOT NULL,
  count integer NOT NULL,
  from_ms bigint NOT NULL,
  to_ms bigint NOT NULL,
  stored_ms bigint NOT NULL,
  pruned boolean NOT NULL,
  epoch text COLLATE "C",
  first_seq bigint,
  last_seq bigint,
  first_at_ms bigint,
  live integer,
  late integer,
  max_step_ms bigint,
  bytes bytea,
  PRIMARY KEY (unit, start_ms)
);
CREATE INDEX reading_blocks_by_age ON reading_blocks (stored_ms) WHERE bytes IS NOT NULL;
-- Blocks are compressed already.
ALTER TABLE reading_blocks ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE rollups (
  unit integer NOT NULL,
  level integer NOT NULL,
  start_ms bigint NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (unit, level, start_ms)
);
ALTER TABLE rollups ALTER COLUMN body SET STORAGE PLAIN;
