import { createClient } from "graphql-sse";
import type { AccessTokens } from "./access-tokens.ts";
import { resuming, type ResumeOptions, type Subscribe } from "./resuming.ts";

export type EventStreamOptions = Omit<ResumeOptions, "onTokenRefused"> &
  Readonly<{
    /** `https://…/graphql` */
    url: string;
    tokens: AccessTokens;
  }>;

/** Live subscriptions as event streams over HTTP, one each: for networks that let no WebSocket through. */
export function createEventStreams(options: EventStreamOptions): { subscribe: Subscribe; dispose(): void } {
  const { url, tokens, ...resumeOptions } = options;
  let token = "";
  const client = createClient({
    url,
    // The retries are resuming()'s: graphql-sse sends the variables again that it was first given.
    retryAttempts: 0,
    headers: async () => {
      token = await tokens.get();
      return { authorization: `Bearer ${token}` };
    },
  });
  const subscribe = resuming(client.subscribe, { ...resumeOptions, onTokenRefused: () => tokens.refuse(token) });
  return { subscribe, dispose: client.dispose };
}
