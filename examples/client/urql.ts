/** urql whose subscriptions resume: `useSubscription` and `client.subscription` stay as they are. */
import { createChatClient, createStorageTokens } from "@colloquy/client";
import { createUrqlClient } from "@colloquy/client/urql";

export function connect(url: string) {
  const { live, tokens } = createChatClient({ url, tokens: createStorageTokens() });
  return createUrqlClient({ url, live, tokens });
}
