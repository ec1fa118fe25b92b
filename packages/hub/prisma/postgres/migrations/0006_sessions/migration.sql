-- CreateTable
CREATE TABLE "sessions" (
    "number" SERIAL NOT NULL,
    "id" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "ends" BIGINT NOT NULL,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("number")
);

-- CreateIndex
CREATE UNIQUE INDEX "sessions_id_key" ON "sessions"("id");

