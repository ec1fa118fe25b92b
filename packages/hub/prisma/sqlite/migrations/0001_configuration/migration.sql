-- CreateTable
CREATE TABLE "units" (
    "unit" TEXT NOT NULL PRIMARY KEY,
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
    "pollIntervalSeconds" REAL NOT NULL,
    "monitorEnabled" BOOLEAN NOT NULL,
    "acquisition" TEXT NOT NULL,
    "timezone" TEXT
);

-- CreateTable
CREATE TABLE "assignments" (
    "unit" TEXT NOT NULL,
    "edge" TEXT NOT NULL,

    PRIMARY KEY ("unit", "edge")
);

-- CreateTable
CREATE TABLE "edges" (
    "edge" TEXT NOT NULL PRIMARY KEY,
    "secretHash" TEXT,
    "revision" INTEGER NOT NULL DEFAULT 0,
    "created" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "tokens" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "units" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "created" DATETIME NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "tokens_hash_key" ON "tokens"("hash");
