import type { AppContext } from "../../app-context.ts";
import { Prisma } from "../../generated/prisma/client.ts";
import { sessionsRevokedTopic } from "../../features/auth/events.ts";
import type { Viewer } from "../../features/auth/viewer.ts";

/** Ends connections that outlive their right to be open. */
export type SessionWatch = Readonly<{
  /**
   * @param end called once, when the access token expires or its session is revoked
   * @returns a function that stops the watch
   */
  watch(viewer: Viewer, end: () => void): () => void;
  close(): void;
}>;

/** A revocation is announced at once; if the message is lost, the next check of the database finds it. */
const CHECK_INTERVAL_MS = 5_000;
const LISTEN_AGAIN_MS = 1_000;
/** Node's timers take no longer wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export function createSessionWatch(app: AppContext): SessionWatch {
  const ends = new Map<string, Set<() => void>>();
  let closed = false;

  const endAll = (sessionIds: readonly string[]) => {
    for (const id of sessionIds) for (const end of ends.get(id) ?? []) end();
  };

  async function check(): Promise<void> {
    if (ends.size === 0) return;
    const ended = await app.db.query<{ id: string }>(Prisma.sql`
      SELECT "watched"."id"::text FROM unnest(${[...ends.keys()]}::uuid[]) AS "watched"("id")
      WHERE NOT EXISTS (SELECT 1 FROM "Session" WHERE "id" = "watched"."id" AND "revokedAt" IS NULL)`);
    endAll(ended.map(({ id }) => id));
  }
  const checkQuietly = () => {
    check().catch((error: unknown) => app.logger.warn({ err: error }, "could not check the sessions"));
  };

  function listen(): void {
    app.pubsub
      .subscribe(sessionsRevokedTopic, "", ({ sessionIds }) => endAll(sessionIds))
      .catch(() => {
        // Until Redis answers, the look at the database has to do.
        if (!closed) setTimeout(listen, LISTEN_AGAIN_MS).unref();
      });
  }

  listen();
  app.pubsub.onReconnect(checkQuietly);
  const timer = setInterval(checkQuietly, CHECK_INTERVAL_MS);
  timer.unref();

  return {
    watch(viewer, end) {
      const left = viewer.expiresAt.getTime() - app.clock.now().getTime();
      const expiry = setTimeout(finish, Math.min(Math.max(left, 0), MAX_TIMER_MS));
      const others = ends.get(viewer.sessionId) ?? new Set();
      ends.set(viewer.sessionId, others.add(finish));

      function stop(): void {
        clearTimeout(expiry);
        others.delete(finish);
        if (others.size === 0 && ends.get(viewer.sessionId) === others) ends.delete(viewer.sessionId);
      }
      function finish(): void {
        stop();
        end();
      }
      return stop;
    },
    close() {
      closed = true;
      clearInterval(timer);
    },
  };
}
