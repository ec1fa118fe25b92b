-- CreateTable
CREATE TABLE "alert_rules" (
    "number" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "id" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "since" BIGINT NOT NULL,
    "rule" TEXT NOT NULL,
    "legacy" TEXT
);

-- CreateTable
CREATE TABLE "receivers" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "document" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "silences" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "unit" TEXT,
    "rule" TEXT,
    "from" BIGINT NOT NULL,
    "to" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "by" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "alert_events" (
    "number" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "id" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "onset" BIGINT NOT NULL,
    "clear" BIGINT,
    "document" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "alert_checkpoints" (
    "unit" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "at" BIGINT NOT NULL,
    "document" TEXT NOT NULL,

    PRIMARY KEY ("unit", "kind", "at")
);

-- CreateTable
CREATE TABLE "outbox" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "event" TEXT NOT NULL,
    "receiver" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "due" BIGINT NOT NULL,
    "created" BIGINT NOT NULL,
    "document" TEXT NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "alert_rules_id_key" ON "alert_rules"("id");

-- CreateIndex
CREATE UNIQUE INDEX "alert_events_id_key" ON "alert_events"("id");

-- CreateIndex
CREATE INDEX "alert_events_unit_onset_idx" ON "alert_events"("unit", "onset");

-- CreateIndex
CREATE INDEX "alert_events_status_idx" ON "alert_events"("status");

-- CreateIndex
CREATE INDEX "outbox_state_due_idx" ON "outbox"("state", "due");

-- CreateIndex
CREATE INDEX "outbox_event_idx" ON "outbox"("event");

-- CreateIndex
CREATE INDEX "outbox_created_idx" ON "outbox"("created");

