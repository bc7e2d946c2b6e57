-- CreateEnum
CREATE TYPE "QueuePause" AS ENUM ('STOPPED', 'FAILED', 'BLOCKED', 'QUOTA', 'MODEL');

-- AlterEnum
ALTER TYPE "MessageStatus" ADD VALUE 'QUEUED';

-- AlterTable
ALTER TABLE "Chatroom" ADD COLUMN     "queuePausedBecause" "QueuePause",
ADD COLUMN     "queued" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "QueuedMessage" (
    "id" UUID NOT NULL,
    "chatroomId" UUID NOT NULL,
    "position" BIGSERIAL NOT NULL,
    "content" TEXT NOT NULL,
    "clientId" TEXT,
    "model" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "chargedOn" DATE,
    "reservedCost" INTEGER,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "QueuedMessage_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "QueuedMessage_chatroomId_clientId_key" ON "QueuedMessage"("chatroomId", "clientId");

-- CreateIndex
CREATE UNIQUE INDEX "QueuedMessage_chatroomId_position_key" ON "QueuedMessage"("chatroomId", "position");

-- AddForeignKey
ALTER TABLE "QueuedMessage" ADD CONSTRAINT "QueuedMessage_chatroomId_fkey" FOREIGN KEY ("chatroomId") REFERENCES "Chatroom"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- By hand: what a Prisma schema cannot say.

-- Workers look for the few rooms whose queue may go on.
CREATE INDEX "Chatroom_queue_idx" ON "Chatroom"("id") WHERE "queued" > 0 AND "queuePausedBecause" IS NULL;
