import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import { NOWHERE, type AccountPosition } from "./account-log.ts";

const POSITION = /^\d{1,9}$/;

/**
 * The position at which a follower of an account starts.
 *
 * @param after the position that came with an event
 * @returns `NOWHERE` without one, and for one that the log does not reach back to or never assigned
 * @throws {DomainError} `BAD_USER_INPUT` for anything but a position
 */
export async function findAccountPosition(
  ctx: Pick<AppContext, "db">,
  userId: string,
  after: string | null | undefined,
): Promise<AccountPosition> {
  if (after === null || after === undefined) return NOWHERE;
  if (!POSITION.test(after)) {
    throw new DomainError("BAD_USER_INPUT", "after: is not a position of this feed", { field: "after" });
  }
  const position = Number(after);
  const log = await ctx.db.accountLog.findUnique({ where: { userId } });
  const known = position >= (log?.base ?? 0) && position <= (log?.seq ?? 0);
  return known ? position : NOWHERE;
}
