-- CreateEnum
CREATE TYPE "RatingValue" AS ENUM ('UP', 'DOWN');

-- CreateTable
CREATE TABLE "MessageRating" (
    "messageId" UUID NOT NULL,
    "value" "RatingValue" NOT NULL,
    "tag" TEXT,
    "text" TEXT,
    "ratedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "MessageRating_pkey" PRIMARY KEY ("messageId")
);

-- AddForeignKey
ALTER TABLE "MessageRating" ADD CONSTRAINT "MessageRating_messageId_fkey" FOREIGN KEY ("messageId") REFERENCES "Message"("id") ON DELETE CASCADE ON UPDATE CASCADE;
