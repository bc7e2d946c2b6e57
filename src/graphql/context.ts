import type { AppContext } from "../app-context.ts";
import type { Device } from "../features/auth/device.ts";
import type { Viewer } from "../features/auth/viewer.ts";
import type { TraceParent } from "../platform/telemetry/tracing.ts";
import { DomainError } from "../errors.ts";
import type { AccountFeeds } from "../features/activity/account-feed.ts";
import type { MessageFeeds } from "../features/messages/message-feed.ts";
import type { ReplyFeeds } from "../features/replies/reply-feed.ts";

/** What an API process follows live, shared by all its requests and sockets. */
export type LiveFeeds = Readonly<{
  accounts: AccountFeeds;
  messages: MessageFeeds;
  /** The same with replies as they are asked for. */
  messagesWithRunning: MessageFeeds;
  replies: ReplyFeeds;
  /** The same with thoughts and activities, for those who ask for them. */
  repliesInParts: ReplyFeeds;
  close(): void;
}>;

/** What a resolver gets: the process's context, and who is asking. */
export type RequestContext = Readonly<{
  app: AppContext;
  feeds: LiveFeeds;
  /** Null when the caller is not signed in, or not any more. */
  viewer: Viewer | null;
  device: Device;
  /** Comes back in masked errors and stands in the log. */
  requestId: string;
  /** The trace that the operation belongs to, where a proxy has begun one. */
  traceParent?: TraceParent | undefined;
}>;

/** @throws {DomainError} `UNAUTHENTICATED` */
export function viewerOf(context: RequestContext): Viewer {
  if (!context.viewer) throw new DomainError("UNAUTHENTICATED");
  return context.viewer;
}
