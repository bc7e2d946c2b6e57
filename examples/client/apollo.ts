/** Apollo Client 4 whose subscriptions resume: `useSubscription` and `client.subscribe` stay as they are. */
import { createChatClient, createStorageTokens, createLiveClient } from "@colloquy/client";
import { createApolloClient } from "@colloquy/client/apollo";

export function connect(url: string) {
  const { tokens } = createChatClient({ url, tokens: createStorageTokens() });
  const live = createLiveClient({ url: url.replace(/^http/, "ws"), tokens });
  return createApolloClient({ url, live, tokens });
}
