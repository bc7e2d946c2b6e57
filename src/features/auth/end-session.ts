import type { AppContext } from "../../app-context.ts";
import type { Device } from "./device.ts";
import { readRefreshToken } from "./refresh-tokens.ts";
import { revokeSessions } from "./revoke-sessions.ts";

/**
 * Ends the session that a refresh token belongs to, also by one that was spent: who holds a token of a session may end
 * it. Does nothing for what is no token, or when the session has ended.
 */
export async function endSession(ctx: AppContext, refreshToken: string, device: Device): Promise<void> {
  const token = readRefreshToken(refreshToken);
  if (!token) return;
  const { familyHash } = token;
  const session = await ctx.db.session.findUnique({ where: { familyHash }, select: { id: true, userId: true } });
  if (session) await revokeSessions(ctx, session.userId, device, { id: session.id });
}
