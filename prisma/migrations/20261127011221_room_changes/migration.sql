-- AlterTable
ALTER TABLE "Chatroom" ADD COLUMN     "changeSeq" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "RoomTombstone" (
    "roomId" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "deletedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "RoomTombstone_pkey" PRIMARY KEY ("roomId")
);

-- CreateIndex
CREATE INDEX "RoomTombstone_userId_seq_idx" ON "RoomTombstone"("userId", "seq");

-- CreateIndex
CREATE INDEX "RoomTombstone_deletedAt_idx" ON "RoomTombstone"("deletedAt");

-- CreateIndex
CREATE INDEX "Chatroom_userId_changeSeq_idx" ON "Chatroom"("userId", "changeSeq");

-- AddForeignKey
ALTER TABLE "RoomTombstone" ADD CONSTRAINT "RoomTombstone_userId_fkey" FOREIGN KEY ("userId") REFERENCES "AccountLog"("userId") ON DELETE CASCADE ON UPDATE CASCADE;
