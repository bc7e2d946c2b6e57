import { InMemoryCache } from "@apollo/client";
import { expect, test } from "vitest";
import { RoomRowFragmentDoc, RoomsDocument, type RoomRowFragment } from "../../generated/graphql/graphql.ts";
import { placeRoom, removeRoom, roomListPolicy } from "./room-lists.ts";

const room = (id: string, more: Partial<RoomRowFragment> = {}): RoomRowFragment =>
  ({
    __typename: "Chatroom",
    id,
    title: `Room ${id}`,
    titleSource: "PERSON",
    lastMessageAt: `2026-11-27T10:0${id}:00.000Z`,
    pinnedAt: null,
    archivedAt: null,
    unread: false,
    activeReply: null,
    ...more,
  }) as RoomRowFragment;

type Filter = { pinned?: boolean; archived?: boolean; titleContains?: string };

function createLists() {
  const cache = new InMemoryCache({ typePolicies: { Query: { fields: { chatrooms: roomListPolicy } } } });
  const variables = (filter: Filter, after?: string) => ({ first: 2, filter, ...(after !== undefined && { after }) });
  return {
    cache,
    page(
      filter: Filter,
      rooms: readonly RoomRowFragment[],
      { after, hasNextPage = false }: { after?: string; hasNextPage?: boolean } = {},
    ) {
      const edges = rooms.map((node) => ({ __typename: "ChatroomEdge", cursor: `at ${node.id}`, node }));
      const pageInfo = { __typename: "PageInfo", endCursor: edges.at(-1)?.cursor ?? null, hasNextPage };
      const chatrooms = { __typename: "ChatroomConnection", edges, pageInfo };
      cache.writeQuery({ query: RoomsDocument, variables: variables(filter, after), data: { chatrooms } });
    },
    change(next: RoomRowFragment) {
      const id = cache.identify({ __typename: "Chatroom", id: next.id }) ?? "";
      cache.writeFragment({ id, fragment: RoomRowFragmentDoc, fragmentName: "RoomRow", data: next });
      placeRoom(cache, next.id);
    },
    ids: (filter: Filter) =>
      cache
        .readQuery({ query: RoomsDocument, variables: variables(filter) })
        ?.chatrooms.edges.map(({ node }) => node.id),
  };
}

test("pages are put together, and a room that moved between them is there once", () => {
  const { page, ids } = createLists();
  page({}, [room("5"), room("4")], { hasNextPage: true });
  page({}, [room("3"), room("4")], { after: "at 4" });
  expect(ids({})).toEqual(["5", "4", "3"]);
  page({}, [room("6"), room("5")], { hasNextPage: true });
  expect(ids({})).toEqual(["6", "5"]);
});

test("a room that changes moves to its place, and from list to list", () => {
  const { page, change, ids } = createLists();
  page({ pinned: false }, [room("3"), room("2")]);
  page({ pinned: true }, []);
  page({ archived: true }, []);
  change(room("2", { lastMessageAt: "2026-11-27T10:09:00.000Z" }));
  expect(ids({ pinned: false })).toEqual(["2", "3"]);
  change(room("3", { pinnedAt: "2026-11-27T10:10:00.000Z" }));
  expect([ids({ pinned: false }), ids({ pinned: true })]).toEqual([["2"], ["3"]]);
  change(room("3", { archivedAt: "2026-11-27T10:11:00.000Z" }));
  expect([ids({ pinned: true }), ids({ archived: true })]).toEqual([[], ["3"]]);
  change(room("7"));
  expect(ids({ pinned: false })).toEqual(["2", "7"]);
});

test("a room beyond the pages that were read waits for its page; a found one must have the text", () => {
  const { page, change, ids } = createLists();
  page({}, [room("5"), room("4")], { hasNextPage: true });
  page({ titleContains: "CAT" }, []);
  change(room("1", { title: "My cat" }));
  expect([ids({}), ids({ titleContains: "CAT" })]).toEqual([["5", "4"], ["1"]]);
});

test("a deleted room is in no list", () => {
  const { cache, page, ids } = createLists();
  page({}, [room("5"), room("4")]);
  page({ pinned: false }, [room("4")]);
  removeRoom(cache, "4");
  expect([ids({}), ids({ pinned: false })]).toEqual([["5"], []]);
});
