-- AlterTable
ALTER TABLE "Chatroom" ADD COLUMN     "settings" JSONB;

-- AlterTable
ALTER TABLE "Message" ADD COLUMN     "fallbackFrom" TEXT,
ADD COLUMN     "settings" JSONB;
