import { z } from "zod";
import type { AppContext } from "../app-context.ts";
import { DomainError } from "../errors.ts";
import { readInput } from "../platform/input.ts";
import { transact } from "../platform/transact.ts";
import type { Device } from "./device.ts";
import { assertUncommon, GivenPassword, NewPassword } from "./password-rules.ts";
import { hashPassword, verifyPassword } from "./passwords.ts";
import { recordSecurityEvent } from "./record-security-event.ts";
import { announceEnded, endSessions } from "./revoke-sessions.ts";
import { admitOwner } from "./sign-in-limits.ts";
import type { Viewer } from "./viewer.ts";

const ChangePasswordInput = z.object({ currentPassword: GivenPassword.nullish(), newPassword: NewPassword });

/**
 * Sets a password, the first one or another. All other sessions of the user end with it.
 *
 * @returns true
 * @throws {DomainError} `BAD_USER_INPUT`, also without the current password where there is one; `CREDENTIALS_INVALID` when
 *   that is wrong; `RATE_LIMITED`
 */
export async function changePassword(ctx: AppContext, viewer: Viewer, input: unknown, device: Device): Promise<true> {
  const { currentPassword, newPassword } = readInput(ChangePasswordInput, input);
  const user = await ctx.db.user.findUniqueOrThrow({ where: { id: viewer.userId } });
  const { id, passwordHash } = user;
  if (passwordHash !== null)
    await confirmPassword(ctx, { id, passwordHash }, currentPassword ?? null, "currentPassword");
  await assertUncommon(newPassword, user);
  const newHash = await hashPassword(newPassword);

  const ended = await transact(ctx.db, async (tx) => {
    // Of two changes at once the second has the first one's password against it.
    const changed = await tx.user.updateMany({ where: { id, passwordHash }, data: { passwordHash: newHash } });
    if (changed.count === 0) throw new DomainError("CREDENTIALS_INVALID");
    await recordSecurityEvent(ctx, tx, id, "PASSWORD_CHANGED", device);
    return endSessions(ctx, tx, id, device, { except: viewer.sessionId });
  });
  await announceEnded(ctx, ended);
  return true;
}

/**
 * Asks somebody who is signed in for their password once more.
 *
 * @throws {DomainError} `BAD_USER_INPUT` naming `field` when there is none; `CREDENTIALS_INVALID`; `RATE_LIMITED`
 */
export async function confirmPassword(
  ctx: AppContext,
  user: { id: string; passwordHash: string | null },
  given: string | null,
  field: string,
): Promise<void> {
  if (given === null) throw new DomainError("BAD_USER_INPUT", `${field}: must be given`, { field });
  const wasRight = await admitOwner(ctx, user.id);
  if (!(await verifyPassword(user.passwordHash, given)))
    throw new DomainError("CREDENTIALS_INVALID", undefined, { field });
  ctx.later("give back a try at a password", wasRight());
}
