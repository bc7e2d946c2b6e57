-- AlterTable
ALTER TABLE "Chatroom" ADD COLUMN     "titleDueAt" TIMESTAMPTZ(3),
ADD COLUMN     "titleMessageId" UUID,
ADD COLUMN     "titleTries" INTEGER NOT NULL DEFAULT 0;

-- From here on by hand: what a Prisma schema cannot say.

-- Workers look for the rooms whose title is due.
CREATE INDEX "Chatroom_titleDueAt_idx" ON "Chatroom"("titleDueAt") WHERE "titleDueAt" IS NOT NULL;
