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

-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_units" (
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
    "timezone" TEXT,
    "place" INTEGER NOT NULL DEFAULT 0
);
INSERT INTO "new_units" ("acquisition", "edge", "ftpEnabled", "ftpPassword", "ftpPort", "ftpUsername", "host", "monitorEnabled", "pollEnabled", "pollIntervalSeconds", "tcpEnabled", "tcpPort", "timezone", "unit", "webEnabled") SELECT "acquisition", "edge", "ftpEnabled", "ftpPassword", "ftpPort", "ftpUsername", "host", "monitorEnabled", "pollEnabled", "pollIntervalSeconds", "tcpEnabled", "tcpPort", "timezone", "unit", "webEnabled" FROM "units";
DROP TABLE "units";
ALTER TABLE "new_units" RENAME TO "units";
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;

-- CreateIndex
CREATE INDEX "unit_log_lines_unit_at_idx" ON "unit_log_lines"("unit", "at");

