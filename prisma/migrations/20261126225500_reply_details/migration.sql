-- AlterTable
ALTER TABLE "Message" ADD COLUMN     "cachedTokens" INTEGER,
ADD COLUMN     "thoughtTokens" INTEGER,
ADD COLUMN     "toolTokens" INTEGER;

-- CreateTable
CREATE TABLE "ReplyDetail" (
    "messageId" UUID NOT NULL,
    "thought" TEXT NOT NULL,
    "activities" JSONB NOT NULL,
    "signatures" JSONB,
    "model" TEXT,
    "bytes" INTEGER NOT NULL,

    CONSTRAINT "ReplyDetail_pkey" PRIMARY KEY ("messageId")
);

-- AddForeignKey
ALTER TABLE "ReplyDetail" ADD CONSTRAINT "ReplyDetail_messageId_fkey" FOREIGN KEY ("messageId") REFERENCES "Message"("id") ON DELETE CASCADE ON UPDATE CASCADE;
