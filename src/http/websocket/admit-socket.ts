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
  watchSession(sessions, socket, viewer);
  socket.once("close", () => stops.get(socket)?.());
  return viewer;
}

/**
 * Lets an admitted socket live as long as a newer access token of its session.
 *
 * @returns the viewer from then on: the same one if the token does not last longer, or cannot be looked at now; undefined
 *   for a token that is not valid, or of another session
 */
export async function renewSocket(
  { app: { logger }, sessions, readViewer }: HttpParts,
  socket: WebSocket,
  viewer: Viewer,
  accessToken: string,
): Promise<Viewer | undefined> {
  let next: Viewer | null;
  try {
    next = await readViewer(`Bearer ${accessToken}`);
  } catch (error) {
    // The token that the socket was admitted with still holds.
    logger.warn({ err: error }, "could not look at a socket's new token");
    return viewer;
  }
  if (next?.sessionId !== viewer.sessionId || next.userId !== viewer.userId) return undefined;
  if (next.expiresAt <= viewer.expiresAt || socket.readyState !== socket.OPEN) return viewer;
  watchSession(sessions, socket, next);
  return next;
}

/** What ends the watch of a socket's session. */
const stops = new WeakMap<WebSocket, () => void>();

function watchSession(sessions: HttpParts["sessions"], socket: WebSocket, viewer: Viewer): void {
  stops.get(socket)?.();
  stops.set(
    socket,
    sessions.watch(viewer, () => socket.close(CloseCode.Forbidden, "Forbidden")),
  );
}
