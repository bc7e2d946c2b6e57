import DataLoader from "dataloader";
import type { AppContext } from "../../app-context.ts";
import { Prisma, type Message } from "../../generated/prisma/client.ts";
import { columnsSql } from "../../platform/postgres/columns.ts";
import { isRunningReplySql } from "../rooms/message-status.ts";
import { withoutTexts } from "./load-messages.ts";

const { content: _content, ...COLUMNS } = Prisma.MessageScalarFieldEnum;

/** Reads the running or else the newest reply of each question, without its text, in one statement. Null without one. */
export const createReplyLoader = ({ db }: Pick<AppContext, "db">): DataLoader<string, Message | null> =>
  new DataLoader(
    async (questionIds: readonly string[]) => {
      const rows = await db.$queryRaw<Omit<Message, "content">[]>`
        SELECT DISTINCT ON ("parentId") ${columnsSql("Message", Object.keys(COLUMNS))} FROM "Message"
        WHERE "parentId" = ANY(${[...new Set(questionIds)]}::uuid[]) AND "role" = 'ASSISTANT'
        ORDER BY "parentId", (${isRunningReplySql("Message")}) DESC, "id" DESC`;
      const replies = new Map(withoutTexts(rows).map((reply) => [reply.parentId, reply]));
      return questionIds.map((id) => replies.get(id) ?? null);
    },
    { cache: false },
  );
