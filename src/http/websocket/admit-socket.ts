import { CloseCode } from "graphql-ws";
import type { WebSocket } from "ws";
import type { Viewer } from "../../features/auth/viewer.ts";
import { TOO_MANY_SOCKETS } from "../guards/budgets.ts";
import type { HttpParts } from "../parts.ts";

/** For faults that pass: clients of graphql-ws come back after this one, and never after 4500. */
const TRY_AGAIN_LATER = 1013;

/**
 * Admits a socket with a valid token, or with none: public operations remain. The socket closes with its session.
 *
 * @returns null for no token; undefined for a socket that is refused
 */
export async function admitSocket(
  { app: { logger }, sessions, budgets, readViewer }: HttpParts,
  socket: WebSocket,
  authorization: unknown,
): Promise<Viewer | null | undefined> {
  if (authorization === undefined || authorization === null) return null;
  let viewer: Viewer | null;
  try {
    viewer = typeof authorization === "string" ? await readViewer(authorization) : null;
  } catch (error) {
    logger.warn({ err: error }, "could not look at a socket's token");
    socket.close(TRY_AGAIN_LATER, "Try again later");
    return undefined;
  }
  // Closed meanwhile: nothing would give back what it takes now.
  if (!viewer || socket.readyState !== socket.OPEN) return undefined;
  const release = budgets.openSocket({ userId: viewer.userId });
  if (!release) {
    socket.close(TOO_MANY_SOCKETS, "Too many connections");
    return undefined;
  }
  socket.once("close", release);
  const stopWatching = sessions.watch(viewer, () => socket.close(CloseCode.Forbidden, "Forbidden"));
  socket.once("close", stopWatching);
  return viewer;
}
