-- AlterTable
ALTER TABLE "Chatroom" ALTER COLUMN "model" DROP NOT NULL;

-- From here on by hand: what a Prisma schema cannot say.

-- Google shuts these down on 1 December 2026. The first was the default, with which every room without a wish of its own
-- was stored: such a room follows the default of the day from now on.
UPDATE "Chatroom" SET "model" = NULL WHERE "model" IN ('gemini-2.5-flash', 'gemini-2.5-pro');
