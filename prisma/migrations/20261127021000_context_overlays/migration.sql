-- AlterTable
ALTER TABLE "Chatroom" ADD COLUMN     "summaryFreeAt" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "Message" ADD COLUMN     "promptEstimate" INTEGER;

-- CreateTable
CREATE TABLE "ContextOverlay" (
    "id" UUID NOT NULL,
    "chatroomId" UUID NOT NULL,
    "fromMessageId" UUID NOT NULL,
    "toMessageId" UUID NOT NULL,
    "text" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ContextOverlay_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "ContextOverlay_toMessageId_key" ON "ContextOverlay"("toMessageId");

-- CreateIndex
CREATE INDEX "ContextOverlay_chatroomId_idx" ON "ContextOverlay"("chatroomId");

-- CreateIndex
CREATE INDEX "ContextOverlay_fromMessageId_idx" ON "ContextOverlay"("fromMessageId");

-- AddForeignKey
ALTER TABLE "ContextOverlay" ADD CONSTRAINT "ContextOverlay_chatroomId_fkey" FOREIGN KEY ("chatroomId") REFERENCES "Chatroom"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ContextOverlay" ADD CONSTRAINT "ContextOverlay_fromMessageId_fkey" FOREIGN KEY ("fromMessageId") REFERENCES "Message"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ContextOverlay" ADD CONSTRAINT "ContextOverlay_toMessageId_fkey" FOREIGN KEY ("toMessageId") REFERENCES "Message"("id") ON DELETE CASCADE ON UPDATE CASCADE;
