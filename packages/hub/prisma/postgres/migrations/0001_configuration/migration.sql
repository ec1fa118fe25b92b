-- CreateTable
CREATE TABLE "units" (
    "unit" TEXT NOT NULL,
    "edge" TEXT,
    "host" TEXT NOT NULL,
    "tcpPort" INTEGER NOT NULL,
    "ftpPort" INTEGER NOT NULL,
    "tcpEnabled" BOOLEAN NOT NULL,
    "ftpEnabled" BOOLEAN NOT NULL,
    "webEnabled" BOOLEAN NOT NULL,
    "ftpUsername" TEXT,
    "ftpPassword" TEXT,
    "pollEnabled" BOOLEAN NOT NULL,
    "pollIntervalSeconds" DOUBLE PRECISION NOT NULL,
    "monitorEnabled" BOOLEAN NOT NULL,
    "acquisition" TEXT NOT NULL,
    "timezone" TEXT,

    CONSTRAINT "units_pkey" PRIMARY KEY ("unit")
);

-- CreateTable
CREATE TABLE "assignments" (
    "unit" TEXT NOT NULL,
    "edge" TEXT NOT NULL,

    CONSTRAINT "assignments_pkey" PRIMARY KEY ("unit","edge")
);

-- CreateTable
CREATE TABLE "edges" (
    "edge" TEXT NOT NULL,
    "secretHash" TEXT,
    "revision" INTEGER NOT NULL DEFAULT 0,
    "created" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "edges_pkey" PRIMARY KEY ("edge")
);

-- CreateTable
CREATE TABLE "tokens" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "units" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "created" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "tokens_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "tokens_hash_key" ON "tokens"("hash");
