import { createClient } from "graphql-sse";
import type { AccessTokens } from "../session/access-tokens.ts";
import { resuming, type ResumeOptions, type Subscribe } from "./resuming.ts";
import { createWatchfulFetch } from "./watchful-fetch.ts";

export type EventStreamOptions = Omit<ResumeOptions, "onTokenRefused"> &
  Readonly<{
    /** `https://…/graphql` */
    url: string;
    tokens: AccessTokens;
    /** How long a stream may bring nothing before it is given up, in milliseconds; the server pings every 12 s. */
    silenceLimitMs?: number;
  }>;

/**
 * Live subscriptions as event streams over HTTP, one each: for networks that let no WebSocket through. A browser opens six
 * connections to an origin over HTTP/1.1, for all its tabs together: see the README before an app has more than one
 * stream a tab.
 */
export function createEventStreams(options: EventStreamOptions): { subscribe: Subscribe; dispose(): void } {
  const { url, tokens, silenceLimitMs = 20_000, ...resumeOptions } = options;
  let token = "";
  const client = createClient({
    url,
    // The retries are resuming()'s: graphql-sse sends the variables again that it was first given.
    retryAttempts: 0,
    fetchFn: createWatchfulFetch(silenceLimitMs),
    headers: async () => {
      token = await tokens.get();
      return { authorization: `Bearer ${token}` };
    },
  });
  const subscribe = resuming(client.subscribe, { ...resumeOptions, onTokenRefused: () => tokens.refuse(token) });
  return { subscribe, dispose: client.dispose };
}
