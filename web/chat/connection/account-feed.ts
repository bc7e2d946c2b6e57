import type { ApolloClient } from "@apollo/client";
import { print } from "graphql";
import {
  AccountChangedDocument,
  type AccountChangedSubscription,
  type AccountChangedSubscriptionVariables,
} from "../../generated/graphql/graphql.ts";
import { placeRoom, removeRoom } from "../sidebar/room-lists.ts";
import type { RecentEvents } from "./recent-events.ts";
import type { Socket } from "./socket.ts";

type AccountEvent = AccountChangedSubscription["accountChanged"];

/** Between a subscription that the server ended and the next one, in milliseconds. */
const PAUSE_MS = 2_000;

type Parts = Readonly<{ socket: Socket; apollo: ApolloClient; recent: RecentEvents }>;

/**
 * Keeps what the page shows of the account true: each event is written into Apollo's cache.
 *
 * @returns ends it
 */
export function followAccount({ socket, apollo, recent }: Parts): () => void {
  const document = apollo.cache.transformDocument(AccountChangedDocument);
  const variables: AccountChangedSubscriptionVariables = { after: null };
  let end = () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;

  // A server without a usable connection to its parts, or a position that it does not know: from the beginning, which says
  // what to read again.
  const again = () => {
    if (!ended) timer = setTimeout(subscribe, PAUSE_MS);
  };
  const subscribe = () => {
    end = socket.subscribe<AccountChangedSubscription>(
      { query: print(document), variables },
      {
        next({ data }) {
          if (!data) return;
          const event = data.accountChanged;
          const write = () => {
            apollo.cache.write({ dataId: "ROOT_SUBSCRIPTION", query: document, variables, result: data });
            applyEvent(apollo, event);
          };
          if (event.__typename === "RoomChanged") recent.take(event.chatroom.id, write);
          else write();
        },
        error: again,
        complete: again,
      },
    );
  };
  subscribe();
  return () => {
    ended = true;
    clearTimeout(timer);
    end();
  };
}

/** What the cache cannot know by itself: which lists a room is in, and what has to be read again. */
function applyEvent(apollo: ApolloClient, event: AccountEvent): void {
  switch (event.__typename) {
    case "RoomChanged":
      return placeRoom(apollo.cache, event.chatroom.id);
    case "RoomDeleted":
      return removeRoom(apollo.cache, event.id);
    case "AccountSnapshot":
      return void refetch(apollo, ["Rooms", "Sessions"]);
    case "SessionOpened":
    case "SessionRevoked":
      return void refetch(apollo, ["Sessions"]);
    case "PlanChanged":
    case "ProfileChanged":
    case "UsageChanged":
      return;
  }
}

/** Reads again what is shown of these queries. One that fails says so where it is shown. */
async function refetch(apollo: ApolloClient, names: readonly string[]): Promise<void> {
  const shown = new Set([...apollo.getObservableQueries()].map(({ queryName }) => queryName));
  try {
    await apollo.refetchQueries({ include: names.filter((name) => shown.has(name)) });
  } catch {
    // Shown by the query's own component.
  }
}
