-- CreateTable
CREATE TABLE "status_notes" (
    "unit" TEXT NOT NULL PRIMARY KEY,
    "note" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "unit_log_lines" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "unit" TEXT NOT NULL,
    "at" BIGINT NOT NULL,
    "level" TEXT NOT NULL,
    "category" TEXT NOT NULL,
    "message" TEXT NOT NULL
);

-- AlterTable
ALTER TABLE "units" ADD COLUMN "place" INTEGER NOT NULL DEFAULT 0;

-- CreateIndex
CREATE INDEX "unit_log_lines_unit_at_idx" ON "unit_log_lines"("unit", "at");

