import { z } from "zod";
import { announceAccountChange, type AccountChange } from "../activity/append-account-events.ts";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Prisma, User } from "../../generated/prisma/client.ts";
import { readInput } from "../../platform/input.ts";
import { transact } from "../../platform/postgres/transact.ts";
import type { Device } from "./device.ts";
import { noteFailedSignIn } from "./failed-sign-ins.ts";
import { openSession, type SignedIn } from "./open-session.ts";
import { GivenPassword } from "./password-rules.ts";
import { verifyPassword } from "./passwords.ts";
import { Phone } from "./phone.ts";
import { admitSignIn } from "./sign-in-limits.ts";

const SignInInput = z.object({ phone: Phone, password: GivenPassword });

/**
 * Signs in with a password. An unknown number, a number without a password and a wrong password get the same answer in
 * the same time.
 *
 * @throws {DomainError} `BAD_USER_INPUT`, `CREDENTIALS_INVALID`, `RATE_LIMITED`; `UNAVAILABLE` when too many come at
 *   once, or when Redis, which counts the failures, is unavailable
 */
export async function signIn(ctx: AppContext, input: unknown, device: Device): Promise<SignedIn> {
  const { phone, password } = readInput(SignInInput, input);
  const user = await ctx.db.user.findUnique({ where: { phone } });
  const wasRight = await admitSignIn(ctx, { phone, ip: device.ip });
  try {
    const right = await verifyPassword(user?.passwordHash ?? null, password);
    if (!user || !right) throw new DomainError("CREDENTIALS_INVALID");
    const { signedIn, change } = await transact(ctx.db, (tx) => openIfUnchanged(ctx, tx, user, device));
    ctx.runInBackground("give back a try at a password", wasRight());
    ctx.runInBackground("announce a session", announceAccountChange(ctx, change));
    return signedIn;
  } catch (error) {
    noteFailedSignIn(ctx, phone, device, error);
    throw error;
  }
}

/** A password that was changed while it was compared opens nothing: the change ends all sessions that were there. */
async function openIfUnchanged(
  ctx: AppContext,
  tx: Prisma.TransactionClient,
  user: User,
  device: Device,
): Promise<{ signedIn: SignedIn; change: AccountChange }> {
  const unchanged = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM "User" WHERE "id" = ${user.id}::uuid AND "passwordHash" = ${user.passwordHash} FOR SHARE`;
  if (unchanged.length === 0) throw new DomainError("CREDENTIALS_INVALID");
  return openSession(ctx, tx, user, device);
}
