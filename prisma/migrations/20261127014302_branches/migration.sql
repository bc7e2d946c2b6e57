-- AlterTable
ALTER TABLE "Message" ADD COLUMN     "anchorId" UUID,
ADD COLUMN     "lastLeafId" UUID;
