-- AlterTable
ALTER TABLE "Message" ADD COLUMN     "draftAttempt" INTEGER,
ADD COLUMN     "handBacks" INTEGER NOT NULL DEFAULT 0;
