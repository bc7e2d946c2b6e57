import { Prisma, type Message } from "../../generated/prisma/client.ts";

/**
 * Every message knows its nearest ancestor whose depth is a multiple of this, its anchor: a walk from a leaf to an ancestor
 * takes `depth / ANCHOR_SPAN` steps and a few more, however long the branch is.
 */
export const ANCHOR_SPAN = 64;

/** @returns the anchor of a message with this parent, as far as it is known */
export const anchorUnder = (parent: Pick<Message, "id" | "depth" | "anchorId"> | null): string | null =>
  parent && (parent.depth % ANCHOR_SPAN === 0 ? parent.id : parent.anchorId);

/** The depth of the anchor of a message at a depth, both as expressions of a statement. */
export const anchorDepthSql = (depth: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`((${depth} - 1) / ${Prisma.raw(String(ANCHOR_SPAN))} * ${Prisma.raw(String(ANCHOR_SPAN))})`;
