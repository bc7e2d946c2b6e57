import { Prisma, type Chatroom } from "../../generated/prisma/client.ts";
import { lineStart } from "../../platform/text/line-start.ts";

/** What a room is called in which nothing was said. */
const FALLBACK_TITLE = "New chat";
/** Longest title that is not a person's, in characters as a reader counts them (grapheme clusters). */
export const MAX_TITLE_LENGTH = 60;

/** The columns of a title that a person gives a room, or does not. No title is looked for. */
export const titleFrom = (title: string | null | undefined) =>
  title === null || title === undefined
    ? ({ title: FALLBACK_TITLE, titleSource: "FALLBACK", ...NOT_LOOKED_FOR } as const)
    : ({ title, titleSource: "PERSON", ...NOT_LOOKED_FOR } as const);

const NOT_LOOKED_FOR = { titleMessageId: null, titleDueAt: null, titleTries: 0 } as const;

/** The columns of a title that is the first words of a message, until a better one is found. */
export const titleOfMessage = ({ id, content }: MessageOfTitle, dueAt: Date | null) =>
  ({
    title: firstWordsOf(content),
    titleSource: "FALLBACK",
    titleMessageId: id,
    titleDueAt: dueAt,
    titleTries: 0,
  }) as const;

type MessageOfTitle = Readonly<{ id: string; content: string }>;

/** What a room is called by a message. */
const firstWordsOf = (content: string): string => lineStart(content, MAX_TITLE_LENGTH) || FALLBACK_TITLE;

/** Who gave a room its title. Before that was stored, only persons did. */
export const titleSourceOf = ({ title, titleSource }: Pick<Chatroom, "title" | "titleSource">) =>
  titleSource ?? (title === FALLBACK_TITLE ? "FALLBACK" : "PERSON");

/** Whether neither a person nor a model gave a room its title, as a condition. @param alias of the table `Chatroom` */
export function isFallbackTitleSql(alias: string): Prisma.Sql {
  const room = Prisma.raw(`"${alias}"`);
  return Prisma.sql`(${room}."titleSource" = 'FALLBACK' OR ${room}."titleSource" IS NULL AND ${room}."title" = ${FALLBACK_TITLE})`;
}

/** A message that is being answered. */
type Asked = Readonly<{
  messageId: string;
  /** Null for one that is answered again: the title stays. */
  content: string | null;
  /** Whether it is the first of its branch. */
  isFirst: boolean;
  /** When a title is to be looked for; null for never. */
  dueAt: Date | null;
}>;

/**
 * Assignments of an `UPDATE "Chatroom"` that gives a room its first title. A title of a person or a model stays, and
 * so do the words of an earlier message, unless this one is the first of its branch.
 */
export function firstTitleSql({ messageId, content, isFirst, dueAt }: Asked): Prisma.Sql {
  const wanted = Prisma.sql`(${isFallbackTitleSql("Chatroom")} AND (${isFirst}::bool OR "Chatroom"."titleMessageId" IS NULL))`;
  const words = content === null ? Prisma.sql`"Chatroom"."title"` : Prisma.sql`${firstWordsOf(content)}::text`;
  return Prisma.sql`
    "title" = CASE WHEN ${wanted} THEN ${words} ELSE "Chatroom"."title" END,
    "titleSource" = CASE WHEN ${wanted} THEN 'FALLBACK' ELSE "Chatroom"."titleSource" END,
    "titleMessageId" = CASE WHEN ${wanted} THEN ${messageId}::uuid ELSE "Chatroom"."titleMessageId" END,
    "titleDueAt" = CASE WHEN ${wanted} THEN ${dueAt}::timestamptz ELSE "Chatroom"."titleDueAt" END,
    "titleTries" = CASE WHEN ${wanted} THEN 0 ELSE "Chatroom"."titleTries" END`;
}

/**
 * Assignments of an `UPDATE "Chatroom"` that take back what a model made of a message which turns out to be blocked: the
 * first words stay, and the next message may give a title.
 */
export function titleTakenBackSql({ id, content }: MessageOfTitle): Prisma.Sql {
  const isOf = Prisma.sql`("Chatroom"."titleMessageId" = ${id}::uuid)`;
  const isMade = Prisma.sql`(${isOf} AND "Chatroom"."titleSource" = 'GENERATED')`;
  return Prisma.sql`
    "title" = CASE WHEN ${isMade} THEN ${firstWordsOf(content)}::text ELSE "Chatroom"."title" END,
    "titleSource" = CASE WHEN ${isMade} THEN 'FALLBACK' ELSE "Chatroom"."titleSource" END,
    "titleMessageId" = CASE WHEN ${isOf} THEN NULL ELSE "Chatroom"."titleMessageId" END,
    "titleDueAt" = CASE WHEN ${isOf} THEN NULL ELSE "Chatroom"."titleDueAt" END`;
}

/** Assignments of an `UPDATE "Chatroom"` that take a title back which was made of a message that is deleted. */
export function titleForgottenSql(deletedIds: readonly string[]): Prisma.Sql {
  const isOf = Prisma.sql`("Chatroom"."titleMessageId" = ANY(${deletedIds}::uuid[])) IS TRUE`;
  return Prisma.sql`
    "title" = CASE WHEN ${isOf} THEN ${FALLBACK_TITLE}::text ELSE "Chatroom"."title" END,
    "titleSource" = CASE WHEN ${isOf} THEN 'FALLBACK' ELSE "Chatroom"."titleSource" END,
    "titleMessageId" = CASE WHEN ${isOf} THEN NULL ELSE "Chatroom"."titleMessageId" END,
    "titleDueAt" = CASE WHEN ${isOf} THEN NULL ELSE "Chatroom"."titleDueAt" END`;
}
