-- AlterTable
ALTER TABLE "Session" ADD COLUMN     "graceUsedAt" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "SpentRefreshToken" ADD COLUMN     "spentBy" TEXT;

-- AlterTable
ALTER TABLE "User" ADD COLUMN     "passwordSetAt" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "FailedSignIn" (
    "id" UUID NOT NULL,
    "phone" TEXT NOT NULL,
    "userAgent" TEXT,
    "ip" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "FailedSignIn_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "FailedSignIn_phone_idx" ON "FailedSignIn"("phone");

-- CreateIndex
CREATE INDEX "Session_expiresAt_idx" ON "Session"("expiresAt");

-- CreateIndex
CREATE INDEX "Session_revokedAt_idx" ON "Session"("revokedAt");
