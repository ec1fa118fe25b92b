-- CreateTable
CREATE TABLE "masks" (
    "id" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "from" BIGINT NOT NULL,
    "to" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "author" TEXT NOT NULL,
    "created" BIGINT NOT NULL,
    "withdrawn" BIGINT,
    "withdrawnBy" TEXT,

    CONSTRAINT "masks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "calibration_checks" (
    "id" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "at" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "reference" DOUBLE PRECISION NOT NULL,
    "measured" DOUBLE PRECISION NOT NULL,
    "author" TEXT NOT NULL,
    "note" TEXT,

    CONSTRAINT "calibration_checks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rating_schemes" (
    "id" TEXT NOT NULL,
    "document" TEXT NOT NULL,

    CONSTRAINT "rating_schemes_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "masks_unit_from_idx" ON "masks"("unit", "from");

-- CreateIndex
CREATE INDEX "calibration_checks_unit_at_idx" ON "calibration_checks"("unit", "at");

