-- Positions of another form, and messages that were never sent and do not say what they tell: the story is told again from the readings.
DELETE FROM "alert_checkpoints";
DELETE FROM "outbox" WHERE "state" = 'waiting';

-- AlterTable
ALTER TABLE "alert_events" ADD COLUMN     "owed" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "outbox" ADD COLUMN     "channel" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "edge" TEXT,
ADD COLUMN     "message" TEXT,
ADD COLUMN     "unit" TEXT NOT NULL DEFAULT '';

-- CreateTable
CREATE TABLE "alert_wordings" (
    "rule" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "since" BIGINT NOT NULL,
    "until" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "zone" TEXT NOT NULL,
    "document" TEXT NOT NULL,

    CONSTRAINT "alert_wordings_pkey" PRIMARY KEY ("rule","since")
);

-- CreateIndex
CREATE INDEX "alert_wordings_until_idx" ON "alert_wordings"("until");

-- CreateIndex
CREATE INDEX "alert_events_owed_idx" ON "alert_events"("owed");

-- CreateIndex
CREATE INDEX "outbox_message_idx" ON "outbox"("message");

