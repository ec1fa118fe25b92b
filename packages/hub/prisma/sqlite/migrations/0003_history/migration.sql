-- CreateTable
CREATE TABLE "masks" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "unit" TEXT NOT NULL,
    "from" BIGINT NOT NULL,
    "to" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "author" TEXT NOT NULL,
    "created" BIGINT NOT NULL,
    "withdrawn" BIGINT,
    "withdrawnBy" TEXT
);

-- CreateTable
CREATE TABLE "calibration_checks" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "unit" TEXT NOT NULL,
    "at" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "reference" REAL NOT NULL,
    "measured" REAL NOT NULL,
    "author" TEXT NOT NULL,
    "note" TEXT
);

-- CreateTable
CREATE TABLE "rating_schemes" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "document" TEXT NOT NULL
);

-- CreateIndex
CREATE INDEX "masks_unit_from_idx" ON "masks"("unit", "from");

-- CreateIndex
CREATE INDEX "calibration_checks_unit_at_idx" ON "calibration_checks"("unit", "at");

