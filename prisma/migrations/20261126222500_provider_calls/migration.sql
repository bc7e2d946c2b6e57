-- CreateEnum
CREATE TYPE "CallPurpose" AS ENUM ('REPLY', 'TITLE', 'SUMMARY');

-- CreateEnum
CREATE TYPE "CallOutcome" AS ENUM ('COMPLETE', 'BLOCKED', 'FAILED', 'ABORTED');

-- AlterTable
ALTER TABLE "Usage" ADD COLUMN     "cost" BIGINT NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "ProviderCall" (
    "id" UUID NOT NULL,
    "userId" UUID,
    "messageId" UUID,
    "attempt" INTEGER,
    "purpose" "CallPurpose" NOT NULL,
    "model" TEXT NOT NULL,
    "outcome" "CallOutcome" NOT NULL,
    "errorCode" TEXT,
    "promptTokens" INTEGER NOT NULL,
    "cachedTokens" INTEGER NOT NULL,
    "thoughtTokens" INTEGER NOT NULL,
    "toolTokens" INTEGER NOT NULL,
    "replyTokens" INTEGER NOT NULL,
    "estimated" BOOLEAN NOT NULL,
    "promptPrice" BIGINT NOT NULL,
    "cachedPrice" BIGINT NOT NULL,
    "replyPrice" BIGINT NOT NULL,
    "cost" BIGINT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ProviderCall_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "ProviderCall_userId_id_idx" ON "ProviderCall"("userId", "id");

-- AddForeignKey
ALTER TABLE "ProviderCall" ADD CONSTRAINT "ProviderCall_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE CASCADE;
