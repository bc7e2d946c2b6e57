import { v7 as uuidv7 } from "uuid";
import { appendAccountEvents, type AccountChange } from "../activity/append-account-events.ts";
import type { AppContext } from "../../app-context.ts";
import type { Prisma, Session, User } from "../../generated/prisma/client.ts";
import { createAccessToken } from "./access-token.ts";
import { deviceColumns, type Device } from "./device.ts";
import { recordSecurityEvent } from "./record-security-event.ts";
import { createRefreshToken } from "./refresh-tokens.ts";

export type SignedIn = Readonly<{
  accessToken: string;
  accessTokenExpiresAt: Date;
  refreshToken: string;
  session: Session;
  user: User;
}>;

/**
 * Opens a session at the end of the transaction that authenticated the user.
 *
 * @returns the tokens and session, and the change to announce after the commit
 */
export async function openSession(
  ctx: AppContext,
  tx: Prisma.TransactionClient,
  user: User,
  device: Device,
): Promise<{ signedIn: SignedIn; change: AccountChange }> {
  const now = ctx.clock.now();
  const refreshToken = createRefreshToken();
  const session = await tx.session.create({
    data: {
      id: uuidv7(),
      userId: user.id,
      familyHash: refreshToken.familyHash,
      refreshTokenHash: refreshToken.hash,
      ...deviceColumns(device),
      createdAt: now,
      lastUsedAt: now,
      expiresAt: new Date(now.getTime() + ctx.config.auth.refreshTokenTtl),
    },
  });
  await recordSecurityEvent(ctx, tx, user.id, "SIGNED_IN", device);
  const access = await createAccessToken(ctx.config, { userId: user.id, sessionId: session.id, now });
  const signedIn = {
    accessToken: access.token,
    accessTokenExpiresAt: access.expiresAt,
    refreshToken: refreshToken.text,
    session,
    user,
  };
  const change = await appendAccountEvents(tx, user.id, [{ kind: "SESSION_OPENED", sessionId: session.id }]);
  return { signedIn, change };
}
