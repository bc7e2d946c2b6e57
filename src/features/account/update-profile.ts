import { z } from "zod";
import { announceAccountChange, appendAccountEvents } from "../activity/append-account-events.ts";
import type { AppContext } from "../../app-context.ts";
import { lockUser } from "../auth/lock-user.ts";
import { PersonName } from "../auth/person-name.ts";
import { DomainError } from "../../errors.ts";
import type { User } from "../../generated/prisma/client.ts";
import { readInput } from "../../platform/input.ts";
import { readTimeZone } from "../../platform/time-zone.ts";
import { transact } from "../../platform/postgres/transact.ts";
import { holdQuotaDay } from "../usage/quota-day.ts";

const TimeZone = z
  .string()
  .max(64)
  .transform((name, issue) => {
    const timeZone = readTimeZone(name);
    if (timeZone !== null) return timeZone;
    issue.addIssue({ code: "custom", message: "must be an IANA time zone, e.g. Europe/Berlin" });
    return z.NEVER;
  });
const UpdateProfileInput = z.object({ name: PersonName.nullish(), timeZone: TimeZone.nullish() });

/**
 * Changes the given fields; null removes the name, and resets the time zone to UTC. The present day of the quota stays
 * as it is.
 *
 * @throws {DomainError} `BAD_USER_INPUT`
 */
export async function updateProfile(ctx: AppContext, userId: string, input: unknown): Promise<User> {
  const { name, timeZone } = readInput(UpdateProfileInput, input);
  const { user, change } = await transact(ctx.db, async (tx) => {
    if (!(await lockUser(tx, userId))) throw new DomainError("UNAUTHENTICATED");
    if (timeZone !== undefined) await holdQuotaDay(ctx, tx, userId);
    const changed = await tx.user.update({
      where: { id: userId },
      data: { ...(name !== undefined && { name }), ...(timeZone !== undefined && { timeZone: timeZone ?? "UTC" }) },
    });
    return { user: changed, change: await appendAccountEvents(tx, userId, [{ kind: "PROFILE_CHANGED" }]) };
  });
  ctx.runInBackground("announce a profile", announceAccountChange(ctx, change));
  return user;
}
