import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { Phone } from "../auth/phone.ts";
import { DomainError } from "../../errors.ts";
import type { User } from "../../generated/prisma/client.ts";

/**
 * Finds a user for an operator.
 *
 * @param who an id, or a phone number in international form
 * @throws {DomainError} `NOT_FOUND`
 */
export async function findUser(ctx: AppContext, who: string): Promise<User> {
  const id = z.uuid().safeParse(who);
  const phone = Phone.safeParse(who);
  const where = id.success ? { id: id.data } : phone.success ? { phone: phone.data } : null;
  const user = where && (await ctx.db.user.findUnique({ where }));
  if (!user) throw new DomainError("NOT_FOUND", `There is no user ${who}.`);
  return user;
}
