import type { Chatroom } from "../../generated/prisma/client.ts";

/** What a room without a title is called. */
const FALLBACK_TITLE = "New chat";

/** The columns of a title that a person gives a room, or does not. */
export const titleFrom = (title: string | null | undefined) =>
  title === null || title === undefined
    ? ({ title: FALLBACK_TITLE, titleSource: "FALLBACK" } as const)
    : ({ title, titleSource: "PERSON" } as const);

/** Who gave a room its title. Before that was stored, only persons did. */
export const titleSourceOf = ({ title, titleSource }: Pick<Chatroom, "title" | "titleSource">) =>
  titleSource ?? (title === FALLBACK_TITLE ? "FALLBACK" : "PERSON");
