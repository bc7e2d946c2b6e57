-- AlterTable
ALTER TABLE "Message" ADD COLUMN     "place" INTEGER,
ADD COLUMN     "userId" UUID;

-- From here on by hand: what a Prisma schema cannot say.

-- Those that have ended need no user: a retry brings it.
UPDATE "Message" SET "userId" = "room"."userId" FROM "Chatroom" "room"
WHERE "room"."id" = "Message"."chatroomId" AND "Message"."status" IN ('PENDING', 'STREAMING');

-- The user's replies that are being written, and those that wait, in the order in which their turns come
CREATE INDEX "Message_unfinished_reply_idx" ON "Message"("userId", "status", "id") WHERE "status" IN ('PENDING', 'STREAMING');

-- No more replies of a user are being written than there are places
CREATE UNIQUE INDEX "Message_place_key" ON "Message"("userId", "place") WHERE "status" = 'STREAMING';
