import type { AppContext } from "../app-context.ts";
import { createViewerReader, type ReadViewer } from "../features/auth/viewer.ts";
import type { LiveFeeds } from "../graphql/context.ts";
import { createBudgets, type Budgets } from "./guards/budgets.ts";
import { createAddressReader, type ReadAddress } from "./guards/client-address.ts";
import { createHostCheck, type HostCheck } from "./guards/hosts.ts";
import { createOrigins, type Origins } from "./guards/origins.ts";
import { createSessionWatch, type SessionWatch } from "./guards/session-watch.ts";
import { createLiveFeeds } from "./live-feeds.ts";
import { createTraceReader } from "./trace-parent.ts";

/** What the transports of a process share. */
export type HttpParts = Readonly<{
  app: AppContext;
  feeds: LiveFeeds;
  sessions: SessionWatch;
  budgets: Budgets;
  origins: Origins;
  readAddress: ReadAddress;
  readTraceParent: ReturnType<typeof createTraceReader>;
  readViewer: ReadViewer;
  isOwnHost: HostCheck;
}>;

/** Built once a process. Its `feeds` and `sessions` are closed with the process. */
export function createHttpParts(app: AppContext): HttpParts {
  const { config } = app;
  return {
    app,
    feeds: createLiveFeeds(app),
    sessions: createSessionWatch(app),
    budgets: createBudgets(config),
    origins: createOrigins(config.http),
    readAddress: createAddressReader(config.http.trustProxy),
    readTraceParent: createTraceReader(config.http.trustProxy),
    readViewer: createViewerReader(app),
    isOwnHost: createHostCheck(config),
  };
}
