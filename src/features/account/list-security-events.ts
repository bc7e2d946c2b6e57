import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import type { SecurityEvent } from "../../generated/prisma/client.ts";
import { createCursor, readCursor, type PageWindow } from "../../platform/paging.ts";

const CURSOR = "security-event";
const CursorKey = z.tuple([z.guid()]);

/** The key is the id alone: ids grow with time. */
export const securityEventCursor = ({ id }: SecurityEvent): string => createCursor(CURSOR, [id]);

/**
 * A page of an account's security events, newest first.
 *
 * @throws {DomainError} `BAD_USER_INPUT` for an invalid cursor
 */
export async function listSecurityEvents(
  ctx: Pick<AppContext, "db">,
  userId: string,
  window: PageWindow,
): Promise<SecurityEvent[]> {
  const [before] = readCursor(CURSOR, CursorKey, window, "after") ?? [];
  const [after] = readCursor(CURSOR, CursorKey, window, "before") ?? [];
  return ctx.db.securityEvent.findMany({
    where: { userId, id: { ...(before !== undefined && { lt: before }), ...(after !== undefined && { gt: after }) } },
    orderBy: { id: window.inverted ? "asc" : "desc" },
    take: window.limit,
  });
}
