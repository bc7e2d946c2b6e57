-- AlterTable
ALTER TABLE "Chatroom" ADD COLUMN     "clientId" TEXT,
ADD COLUMN     "forkedFromId" UUID;

-- CreateIndex
CREATE UNIQUE INDEX "Chatroom_userId_clientId_key" ON "Chatroom"("userId", "clientId");

-- CreateIndex
CREATE INDEX "Message_chatroomId_id_idx" ON "Message"("chatroomId", "id");
