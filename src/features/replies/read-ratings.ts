import DataLoader from "dataloader";
import type { AppContext } from "../../app-context.ts";
import type { MessageRating } from "../../generated/prisma/client.ts";

/** The ratings that many messages of one answer are asked for are read for all of them together. */
export const createRatingLoader = (ctx: Pick<AppContext, "db">): DataLoader<string, MessageRating | null> =>
  new DataLoader(
    async (messageIds) => {
      const found = await ctx.db.messageRating.findMany({ where: { messageId: { in: [...messageIds] } } });
      const ratings = new Map(found.map((rating) => [rating.messageId, rating]));
      return messageIds.map((id) => ratings.get(id) ?? null);
    },
    // Nothing is cached beyond its batch: a subscription's request lasts for hours.
    { cache: false },
  );
