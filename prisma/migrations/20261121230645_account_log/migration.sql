-- CreateEnum
CREATE TYPE "AccountEventKind" AS ENUM ('USAGE_CHANGED', 'PLAN_CHANGED', 'PROFILE_CHANGED', 'SESSION_OPENED', 'SESSION_REVOKED');

-- CreateTable
CREATE TABLE "AccountLog" (
    "userId" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "base" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "AccountLog_pkey" PRIMARY KEY ("userId")
);

-- CreateTable
CREATE TABLE "AccountLogEntry" (
    "userId" UUID NOT NULL,
    "subject" TEXT NOT NULL,
    "kind" "AccountEventKind" NOT NULL,
    "seq" INTEGER NOT NULL,

    CONSTRAINT "AccountLogEntry_pkey" PRIMARY KEY ("userId","subject")
);

-- AddForeignKey
ALTER TABLE "AccountLog" ADD CONSTRAINT "AccountLog_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AccountLogEntry" ADD CONSTRAINT "AccountLogEntry_userId_fkey" FOREIGN KEY ("userId") REFERENCES "AccountLog"("userId") ON DELETE CASCADE ON UPDATE CASCADE;
