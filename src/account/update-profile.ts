import { z } from "zod";
import { announceAccountChange, appendAccountEvents } from "../account-feed/append-account-events.ts";
import type { AppContext } from "../app-context.ts";
import { PersonName } from "../auth/person-name.ts";
import type { User } from "../generated/prisma/client.ts";
import { readInput } from "../platform/input.ts";

const UpdateProfileInput = z.object({ name: PersonName.nullish() });

/**
 * Changes what is given, and leaves the rest; a name of null takes it away.
 *
 * @throws {DomainError} `BAD_USER_INPUT`
 */
export async function updateProfile(ctx: AppContext, userId: string, input: unknown): Promise<User> {
  const { name } = readInput(UpdateProfileInput, input);
  const { user, change } = await ctx.db.$transaction(async (tx) => ({
    user: await tx.user.update({ where: { id: userId }, data: name === undefined ? {} : { name } }),
    change: await appendAccountEvents(tx, userId, [{ kind: "PROFILE_CHANGED" }]),
  }));
  ctx.later("announce a profile", announceAccountChange(ctx, change));
  return user;
}
