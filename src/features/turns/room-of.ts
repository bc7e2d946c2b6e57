import type { AppContext } from "../../app-context.ts";
import type { Chatroom } from "../../generated/prisma/client.ts";

/** The room that an operation has changed, as it is now. @param id of one that was checked to be the user's */
export const roomOf = ({ db }: Pick<AppContext, "db">, id: string): Promise<Chatroom> =>
  db.chatroom.findUniqueOrThrow({ where: { id } });
