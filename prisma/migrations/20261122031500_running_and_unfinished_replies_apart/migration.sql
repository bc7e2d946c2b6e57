-- By hand: what a Prisma schema cannot say.

-- Of two partial indexes with one predicate PostgreSQL takes either while it believes that next to nothing meets it, and
-- then reads all of the wrong one. So each asks for something that only its own statements say.
DROP INDEX "Message_running_reply_key";
DROP INDEX "Message_unfinished_reply_idx";

-- One running reply a room
CREATE UNIQUE INDEX "Message_running_reply_key" ON "Message"("chatroomId") WHERE "status" IN ('PENDING', 'STREAMING') AND "role" = 'ASSISTANT';

-- The user's replies that are being written, and those that wait, in the order in which their turns come
CREATE INDEX "Message_unfinished_reply_idx" ON "Message"("userId", "status", "id") WHERE "status" IN ('PENDING', 'STREAMING') AND "userId" IS NOT NULL;
