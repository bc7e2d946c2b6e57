import type { AccountFeed } from "./account/account-feed.ts";
import type { ConnectionState } from "./live/connection.ts";
import type { Subscribe } from "./live/resuming.ts";
import type { Request } from "./request.ts";
import type { Store } from "./store.ts";

/** What everything that a client watches stands on. */
export type ChatContext = Readonly<{
  request: Request;
  live: Readonly<{ subscribe: Subscribe }>;
  connection: Store<ConnectionState>;
  account: AccountFeed;
  /** Aborts when the client is closed. */
  closed: AbortSignal;
}>;
