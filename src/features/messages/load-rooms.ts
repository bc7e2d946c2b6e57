import DataLoader from "dataloader";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Chatroom } from "../../generated/prisma/client.ts";

/** Reads the rooms of messages by their ids. The messages were checked to be the user's. */
export const createRoomLoader = ({ db }: Pick<AppContext, "db">): DataLoader<string, Chatroom> =>
  // Nothing is cached beyond its batch: a subscription's request lasts for hours.
  new DataLoader<string, Chatroom>(
    async (ids) => {
      const rows = await db.chatroom.findMany({ where: { id: { in: [...new Set(ids)] } } });
      const rooms = new Map(rows.map((room) => [room.id, room]));
      return ids.map((id) => rooms.get(id) ?? new DomainError("NOT_FOUND", "The room is gone."));
    },
    { cache: false },
  );
