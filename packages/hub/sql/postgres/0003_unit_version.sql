-- Grows with every change of a unit's blocks and rollups, so that a change that was worked out from a snapshot is written only if nothing has happened since.
ALTER TABLE reading_units ADD COLUMN version bigint NOT NULL DEFAULT 0;
