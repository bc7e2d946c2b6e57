-- AlterTable
ALTER TABLE "Message" ADD COLUMN     "reservedCost" INTEGER;

-- AlterTable
ALTER TABLE "Usage" ADD COLUMN     "reservedCost" BIGINT NOT NULL DEFAULT 0;
