-- CreateEnum
CREATE TYPE "TitleSource" AS ENUM ('PERSON', 'GENERATED', 'FALLBACK');

-- AlterTable
ALTER TABLE "Chatroom" ADD COLUMN     "archivedAt" TIMESTAMPTZ(3),
ADD COLUMN     "pinnedAt" TIMESTAMPTZ(3),
ADD COLUMN     "titleSource" "TitleSource";

-- From here on by hand: what a Prisma schema cannot say.

-- Pages of the few rooms that are pinned, and of the archive, without a walk over all the others.
CREATE INDEX "Chatroom_pinned_idx" ON "Chatroom"("userId", "lastMessageAt" DESC, "id" DESC) WHERE "pinnedAt" IS NOT NULL;
CREATE INDEX "Chatroom_archived_idx" ON "Chatroom"("userId", "lastMessageAt" DESC, "id" DESC) WHERE "archivedAt" IS NOT NULL;
