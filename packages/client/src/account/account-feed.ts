import type { Subscribe } from "../live/resuming.ts";
import { FollowAccount, type AccountEvent } from "./account-documents.ts";

/** The account's changes, for all that a client watches: one subscription, from the first listener to the last. */
export type AccountFeed = Readonly<{ listen(listener: (event: AccountEvent) => void): () => void }>;

export function createAccountFeed(live: { subscribe: Subscribe }): AccountFeed {
  const listeners = new Set<(event: AccountEvent) => void>();
  let leave: (() => void) | undefined;
  return {
    listen(listener) {
      listeners.add(listener);
      leave ??= live.subscribe<{ accountChanged: AccountEvent }>(
        { query: FollowAccount },
        {
          next({ data }) {
            if (data) for (const each of Array.from(listeners)) each(data.accountChanged);
          },
          // Signed out: who listens reads, and meets it too. The next listener begins anew.
          error: () => void (leave = undefined),
          complete() {},
        },
      );
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        leave?.();
        leave = undefined;
      };
    },
  };
}
