-- AlterTable
ALTER TABLE "Chatroom" ADD COLUMN     "readSeq" INTEGER,
ADD COLUMN     "replySeq" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "Message" ADD COLUMN     "beganSeq" INTEGER;

-- From here on by hand: what a Prisma schema cannot say.

-- Pages of the few rooms that are unread, without a walk over all the others.
CREATE INDEX "Chatroom_unread_idx" ON "Chatroom"("userId", "lastMessageAt" DESC, "id" DESC) WHERE "replySeq" > "readSeq";
