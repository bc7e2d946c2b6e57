-- AlterTable
ALTER TABLE "Message" ADD COLUMN     "errorRetryAt" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "ModelPause" (
    "model" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ModelPause_pkey" PRIMARY KEY ("model")
);
