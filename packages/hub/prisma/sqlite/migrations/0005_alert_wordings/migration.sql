-- Positions of another form, and messages that were never sent and do not say what they tell: the story is told again from the readings.
DELETE FROM "alert_checkpoints";
DELETE FROM "outbox" WHERE "state" = 'waiting';

-- CreateTable
CREATE TABLE "alert_wordings" (
    "rule" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "since" BIGINT NOT NULL,
    "until" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "zone" TEXT NOT NULL,
    "document" TEXT NOT NULL,

    PRIMARY KEY ("rule", "since")
);

-- RedefineTables
CREATE TABLE "new_alert_events" (
    "number" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "id" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "onset" BIGINT NOT NULL,
    "clear" BIGINT,
    "owed" BOOLEAN NOT NULL DEFAULT false,
    "document" TEXT NOT NULL
);
INSERT INTO "new_alert_events" ("clear", "document", "id", "number", "onset", "status", "unit") SELECT "clear", "document", "id", "number", "onset", "status", "unit" FROM "alert_events";
DROP TABLE "alert_events";
ALTER TABLE "new_alert_events" RENAME TO "alert_events";
CREATE UNIQUE INDEX "alert_events_id_key" ON "alert_events"("id");
CREATE INDEX "alert_events_unit_onset_idx" ON "alert_events"("unit", "onset");
CREATE INDEX "alert_events_status_idx" ON "alert_events"("status");
CREATE INDEX "alert_events_owed_idx" ON "alert_events"("owed");
CREATE TABLE "new_outbox" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "event" TEXT NOT NULL,
    "unit" TEXT NOT NULL DEFAULT '',
    "edge" TEXT,
    "receiver" TEXT NOT NULL,
    "channel" INTEGER NOT NULL DEFAULT 0,
    "message" TEXT,
    "state" TEXT NOT NULL,
    "due" BIGINT NOT NULL,
    "created" BIGINT NOT NULL,
    "document" TEXT NOT NULL
);
INSERT INTO "new_outbox" ("created", "document", "due", "event", "id", "receiver", "state") SELECT "created", "document", "due", "event", "id", "receiver", "state" FROM "outbox";
DROP TABLE "outbox";
ALTER TABLE "new_outbox" RENAME TO "outbox";
CREATE INDEX "outbox_state_due_idx" ON "outbox"("state", "due");
CREATE INDEX "outbox_event_idx" ON "outbox"("event");
CREATE INDEX "outbox_message_idx" ON "outbox"("message");
CREATE INDEX "outbox_created_idx" ON "outbox"("created");

-- CreateIndex
CREATE INDEX "alert_wordings_until_idx" ON "alert_wordings"("until");

