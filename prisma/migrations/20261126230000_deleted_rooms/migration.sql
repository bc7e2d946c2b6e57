-- By hand: what a Prisma schema cannot say.

-- The purge looks for the few rooms that are deleted.
CREATE INDEX "Chatroom_deletedAt_idx" ON "Chatroom"("deletedAt") WHERE "deletedAt" IS NOT NULL;
