-- AlterTable
ALTER TABLE "units" ADD COLUMN     "place" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "status_notes" (
    "unit" TEXT NOT NULL,
    "note" TEXT NOT NULL,

    CONSTRAINT "status_notes_pkey" PRIMARY KEY ("unit")
);

-- CreateTable
CREATE TABLE "unit_log_lines" (
    "id" SERIAL NOT NULL,
    "unit" TEXT NOT NULL,
    "at" BIGINT NOT NULL,
    "level" TEXT NOT NULL,
    "category" TEXT NOT NULL,
    "message" TEXT NOT NULL,

    CONSTRAINT "unit_log_lines_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "unit_log_lines_unit_at_idx" ON "unit_log_lines"("unit", "at");

