-- AlterEnum
ALTER TYPE "QueuePause" ADD VALUE 'LIMIT';
