import type { AppContext } from "../app-context.ts";
import { readAccessToken } from "./access-token.ts";

/** The signed-in user of a request or socket. */
export type Viewer = Readonly<{ userId: string; sessionId: string; expiresAt: Date }>;

/**
 * Reads an `Authorization` value.
 *
 * @returns null for none, and for one that is not valid (any more)
 * @throws when the database is away
 */
export async function readViewer(ctx: AppContext, authorization: string | undefined): Promise<Viewer | null> {
  const [scheme, token, ...rest] = authorization?.trim().split(/\s+/) ?? [];
  if (scheme?.toLowerCase() !== "bearer" || !token || rest.length > 0) return null;
  const now = ctx.clock.now();
  const claims = await readAccessToken(ctx.config, token, now);
  if (!claims) return null;
  const session = await ctx.db.session.findUnique({
    where: { id: claims.sessionId },
    select: { userId: true, revokedAt: true, expiresAt: true },
  });
  const alive = session?.userId === claims.userId && session.revokedAt === null && session.expiresAt > now;
  return alive ? claims : null;
}
