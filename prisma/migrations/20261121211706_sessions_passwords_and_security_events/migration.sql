-- CreateEnum
CREATE TYPE "SecurityEventKind" AS ENUM ('SIGNED_IN', 'SIGN_IN_FAILED', 'REFRESH_TOKEN_REUSED', 'SESSION_REVOKED', 'PASSWORD_CHANGED', 'PASSWORD_RESET', 'ACCOUNT_DELETED');

-- DropIndex
DROP INDEX "Session_previousTokenHash_key";

-- AlterTable
ALTER TABLE "Session" DROP COLUMN "previousTokenHash",
ADD COLUMN     "familyHash" TEXT;

-- AlterTable
ALTER TABLE "User" ADD COLUMN     "passwordHash" TEXT;

-- CreateTable
CREATE TABLE "SpentRefreshToken" (
    "tokenHash" TEXT NOT NULL,
    "sessionId" UUID NOT NULL,
    "successor" TEXT NOT NULL,
    "spentAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "SpentRefreshToken_pkey" PRIMARY KEY ("tokenHash")
);

-- CreateTable
CREATE TABLE "SecurityEvent" (
    "id" UUID NOT NULL,
    "userId" UUID,
    "kind" "SecurityEventKind" NOT NULL,
    "userAgent" TEXT,
    "ip" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "SecurityEvent_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "SpentRefreshToken_sessionId_idx" ON "SpentRefreshToken"("sessionId");

-- CreateIndex
CREATE INDEX "SecurityEvent_userId_id_idx" ON "SecurityEvent"("userId", "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "Session_familyHash_key" ON "Session"("familyHash");

-- AddForeignKey
ALTER TABLE "SpentRefreshToken" ADD CONSTRAINT "SpentRefreshToken_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "Session"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SecurityEvent" ADD CONSTRAINT "SecurityEvent_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
