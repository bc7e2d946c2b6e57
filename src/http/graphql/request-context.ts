import type { IncomingMessage, ServerResponse } from "node:http";
import type { Viewer } from "../../features/auth/viewer.ts";
import type { RequestContext } from "../../graphql/context.ts";
import type { HttpParts } from "../parts.ts";
import { createRequestId, requestIdOf } from "../request-id.ts";
import { noteRequest } from "../request-log.ts";

/** A request over HTTP, and its answer. */
export type Exchange = Readonly<{ req: IncomingMessage; res: ServerResponse }>;

/** The caller, as far as a transport knows. */
export type Caller = Exchange | { socket: { viewer: Viewer | null; userAgent: string | null; ip: string | null } };

/** @throws {GraphQLError} `RATE_LIMITED` */
export async function createRequestContext(parts: HttpParts, caller: Caller): Promise<RequestContext> {
  const { app, feeds } = parts;
  if ("socket" in caller) {
    const { viewer, userAgent, ip } = caller.socket;
    // A socket closes when its token expires; what it asks in that very moment is refused as well.
    const alive = viewer && viewer.expiresAt > app.clock.now() ? viewer : null;
    return { app, feeds, requestId: createRequestId(), viewer: alive, device: { userAgent, ip } };
  }
  const { req, res } = caller;
  const viewer = await parts.readViewer(req.headers.authorization);
  noteRequest(res, { userId: viewer?.userId });
  await parts.budgets.takeRequest({ userId: viewer?.userId });
  const device = { userAgent: req.headers["user-agent"] ?? null, ip: parts.readAddress(req) };
  const traceParent = app.config.traces ? parts.readTraceParent(req) : undefined;
  return { app, feeds, requestId: requestIdOf(res), viewer, device, traceParent };
}
