import { NetworkStatus } from "@apollo/client";
import { useQuery } from "@apollo/client/react";
import { useMemo } from "react";
import { RoomsDocument, type ChatroomFilter, type RoomRowFragment } from "../../generated/graphql/graphql.ts";

/** The first page is there soon; those who go on want many. */
const [PAGE, NEXT_PAGE] = [50, 100];

export type Rooms = Readonly<{
  /** Undefined until the first page is there. */
  rooms: readonly RoomRowFragment[] | undefined;
  hasMore: boolean;
  failed: boolean;
  loadMore: () => void;
  retry: () => void;
}>;

/** The rooms that a filter lets through, page by page. They stay true by `connection/account-feed.ts`. */
export function useRooms(filter: ChatroomFilter): Rooms {
  const { data, error, networkStatus, fetchMore, refetch } = useQuery(RoomsDocument, {
    variables: { first: PAGE, filter },
    notifyOnNetworkStatusChange: true,
  });
  const connection = data?.chatrooms;
  const rooms = useMemo(() => connection?.edges.map(({ node }) => node), [connection?.edges]);
  const { hasNextPage = false, endCursor } = connection?.pageInfo ?? {};
  return {
    rooms,
    hasMore: hasNextPage,
    failed: error !== undefined && !rooms,
    loadMore() {
      if (!hasNextPage || endCursor == null || networkStatus !== NetworkStatus.ready) return;
      // A page that fails is asked for again when the reader comes to the end again.
      fetchMore({ variables: { first: NEXT_PAGE, after: endCursor } }).catch(() => {});
    },
    retry: () => void refetch().catch(() => {}),
  };
}
