import DataLoader from "dataloader";
import type { AppContext } from "../../app-context.ts";
import { Prisma } from "../../generated/prisma/client.ts";
import { createAccessTokenReader } from "./access-token.ts";

/** The signed-in user of a request or socket. */
export type Viewer = Readonly<{ userId: string; sessionId: string; expiresAt: Date }>;

/**
 * Reads an `Authorization` value.
 *
 * @returns null for none, and for one that is not valid
 * @throws when the database is unavailable
 */
export type ReadViewer = (authorization: string | undefined) => Promise<Viewer | null>;

type Deps = Pick<AppContext, "config" | "clock" | "db">;

/** Reads the session from the database each time, so a revoked one is refused at once. */
export function createViewerReader(ctx: Deps): ReadViewer {
  const readToken = createAccessTokenReader(ctx.config);
  const sessions = createSessionLoader(ctx);
  return async (authorization) => {
    const [scheme, token, ...rest] = authorization?.trim().split(/\s+/) ?? [];
    if (scheme?.toLowerCase() !== "bearer" || !token || rest.length > 0) return null;
    const now = ctx.clock.now();
    const claims = await readToken(token, now);
    if (!claims) return null;
    const session = await sessions.load(claims.sessionId);
    return session?.userId === claims.userId && session.expiresAt > now ? claims : null;
  };
}

type LiveSession = Readonly<{ id: string; userId: string; expiresAt: Date }>;

/** Sessions that were not revoked, in one statement for all requests in one turn of the event loop; none is cached. */
const createSessionLoader = ({ db }: Deps): DataLoader<string, LiveSession | undefined> =>
  new DataLoader(
    async (ids) => {
      const found = await db.query<LiveSession>(Prisma.sql`
        SELECT "id", "userId", "expiresAt" FROM "Session"
        WHERE ${isOneOf(ids)} AND "revokedAt" IS NULL`);
      const sessions = new Map(found.map((session) => [session.id, session]));
      return ids.map((id) => sessions.get(id));
    },
    { cache: false, batchScheduleFn: (send) => setImmediate(send) },
  );

/** PostgreSQL takes a list for longer than one, and walks its index in another way, which takes longer for one alone. */
const isOneOf = (ids: readonly string[]): Prisma.Sql =>
  ids.length === 1 ? Prisma.sql`"id" = ${ids[0]}::uuid` : Prisma.sql`"id" = ANY(${ids}::uuid[])`;
