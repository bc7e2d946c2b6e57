import type { AppContext } from "../../app-context.ts";
import { Prisma } from "../../generated/prisma/client.ts";
import { changeAttempt } from "./change-attempt.ts";
import type { ClaimedReply } from "./claim-reply.ts";
import type { Draft } from "./draft.ts";
import { releaseReply } from "./postpone-reply.ts";
import { detailSql } from "./reply-detail.ts";

/**
 * Makes a reply pending because its worker stops; that counts no try.
 *
 * @param draft what the next attempt goes on from; null if it starts over
 */
export async function handBackReply(
  ctx: AppContext,
  reply: Pick<ClaimedReply, "id" | "chatroomId" | "attempt" | "userId">,
  draft: Draft | null,
): Promise<void> {
  const kept = draft
    ? Prisma.sql`"content" = ${draft.text}, "draftAttempt" = "attempt"`
    : Prisma.sql`"draftAttempt" = NULL`;
  const set = Prisma.sql`"status" = 'PENDING', "nextTryAt" = NULL, "handBacks" = "handBacks" + 1, ${kept}`;
  const also = draft
    ? Prisma.sql`, "drafted" AS (SELECT "messageId" AS "id", "model" FROM "changed"), ${detailSql({ ...draft, content: draft.text }, "drafted")}`
    : Prisma.empty;
  if (await changeAttempt(ctx, reply, set, also)) await releaseReply(ctx, reply);
}
