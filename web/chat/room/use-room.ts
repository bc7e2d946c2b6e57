import { useQuery } from "@apollo/client/react";
import { useEffect, useState } from "react";
import { RoomDocument, type MessageViewFragment, type RoomHeadFragment } from "../../generated/graphql/graphql.ts";

/** Messages that are read at once. */
const PAGE = 20;
/** Before messages that could not be read are asked for again, in milliseconds. */
const PAUSE_MS = 2_000;

export type OpenRoom = Readonly<{
  /** Undefined while it is being read. */
  room: RoomHeadFragment | null | undefined;
  /** The path that is shown, oldest first. */
  messages: readonly MessageViewFragment[];
  hasOlder: boolean;
  loadingOlder: boolean;
  loadOlder(): void;
  /** Reads the newest messages again. */
  refresh(): void;
  error: unknown;
}>;

/**
 * A room and the newest part of its conversation. The account's events keep its head true; when the head is another message
 * than the last one here, the messages are read again.
 */
export function useRoom(id: string): OpenRoom {
  const [loadingOlder, setLoadingOlder] = useState(false);
  const { data, error, fetchMore, refetch } = useQuery(RoomDocument, {
    variables: { id, last: PAGE },
    fetchPolicy: "cache-and-network",
  });
  const room = data?.chatroom;
  const messages = room?.messages.edges.map(({ node }) => node) ?? [];
  const missing = room ? findMissing(room, messages.at(-1)) : null;
  useEffect(() => {
    if (missing === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const read = () => {
      refetch().catch(() => {
        if (!over) timer = setTimeout(read, PAUSE_MS);
      });
    };
    read();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [missing, refetch]);

  const pageInfo = room?.messages.pageInfo;
  const loadOlder = () => {
    if (loadingOlder || !pageInfo?.hasPreviousPage) return;
    setLoadingOlder(true);
    void fetchMore({ variables: { before: pageInfo.startCursor } })
      .catch(() => {})
      .finally(() => setLoadingOlder(false));
  };
  return {
    room,
    messages,
    hasOlder: pageInfo?.hasPreviousPage ?? false,
    loadingOlder,
    loadOlder,
    refresh: () => void refetch().catch(() => {}),
    error: data ? undefined : error,
  };
}

/** What the end of the conversation is, if the messages at hand have another one; else null. */
function findMissing({ leaf }: RoomHeadFragment, last: MessageViewFragment | undefined): string | null {
  return leaf?.id === last?.id ? null : (leaf?.id ?? "none");
}
