-- CreateTable
CREATE TABLE "sessions" (
    "number" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "id" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "ends" BIGINT NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "sessions_id_key" ON "sessions"("id");

