import type { ApolloCache, FieldPolicy, Reference, StoreObject } from "@apollo/client";
import { RoomRowFragmentDoc, type ChatroomFilter, type RoomRowFragment } from "../../generated/graphql/graphql.ts";

export type RoomEdge = Readonly<{ __typename?: string; cursor: string; node: Reference | StoreObject }>;
type RoomConnection = Readonly<{
  edges: readonly RoomEdge[];
  pageInfo: { endCursor: string | null; hasNextPage: boolean };
}>;
type ReadField = Parameters<NonNullable<Extract<FieldPolicy["merge"], (...args: never[]) => unknown>>>[2]["readField"];

/**
 * Lists of rooms by their filter, newest first. The first page replaces what was there; a later one is added. A room that
 * moved while pages were read may be in two of them: it is kept once.
 */
export const roomListPolicy: FieldPolicy<RoomConnection> = {
  keyArgs: ["filter"],
  merge(existing, incoming, { args, readField }) {
    const before = args?.["after"] ? (existing?.edges ?? []) : [];
    return { ...incoming, edges: sortEdges([...before, ...incoming.edges], readField) };
  },
};

/** Puts a room into the lists it belongs to, at its place, and takes it out of the others. */
export function placeRoom(cache: ApolloCache, id: string): void {
  const room = readRoom(cache, id);
  if (!room) return;
  modifyLists(cache, (list, filter, readField) => {
    const others = list.edges.filter(({ node }) => readField("id", node) !== id);
    const last = others.at(-1);
    const beyond =
      list.pageInfo.hasNextPage && last && room.lastMessageAt < String(readField("lastMessageAt", last.node));
    // What is beyond the pages that were read comes with its page.
    if (!fits(room, filter) || beyond) return { ...list, edges: others };
    const node = { __ref: cache.identify({ __typename: "Chatroom", id }) ?? "" };
    return {
      ...list,
      edges: sortEdges([{ __typename: "ChatroomEdge", cursor: "", node }, ...others], readField),
    };
  });
}

export function removeRoom(cache: ApolloCache, id: string): void {
  modifyLists(cache, (list, _filter, readField) => ({
    ...list,
    edges: list.edges.filter(({ node }) => readField("id", node) !== id),
  }));
}

/** @returns what the cache has of a room; null when that is not enough for a row */
export const readRoom = (cache: ApolloCache, id: string): RoomRowFragment | null =>
  cache.readFragment({
    id: cache.identify({ __typename: "Chatroom", id }) ?? "",
    fragment: RoomRowFragmentDoc,
    fragmentName: "RoomRow",
  });

function modifyLists(
  cache: ApolloCache,
  change: (list: RoomConnection, filter: ChatroomFilter, readField: ReadField) => RoomConnection,
): void {
  cache.modify({
    id: "ROOT_QUERY",
    fields: {
      chatrooms: (list: RoomConnection | Reference, { storeFieldName, readField }) =>
        change(list as RoomConnection, filterOf(storeFieldName), readField),
    },
  });
}

/** The filter that a list is stored by, such as `chatrooms:{"filter":{"pinned":true}}`. */
function filterOf(storeFieldName: string): ChatroomFilter {
  const args = storeFieldName.slice(storeFieldName.indexOf(":") + 1);
  if (!args.startsWith("{")) return {};
  return (JSON.parse(args) as { filter?: ChatroomFilter | null }).filter ?? {};
}

/** As the server's filter says. */
function fits(room: RoomRowFragment, { archived, pinned, unread, titleContains }: ChatroomFilter): boolean {
  const text = titleContains?.trim().toLowerCase();
  return (
    (room.archivedAt != null) === (archived ?? false) &&
    (pinned == null || (room.pinnedAt != null) === pinned) &&
    (unread == null || room.unread === unread) &&
    (!text || room.title.toLowerCase().includes(text))
  );
}

function sortEdges(edges: readonly RoomEdge[], readField: ReadField): RoomEdge[] {
  // Each field is read once: the list may have thousands of rooms.
  const keyed = new Map(
    edges.map((edge) => {
      const id = String(readField("id", edge.node));
      return [id, { edge, id, time: String(readField("lastMessageAt", edge.node)) }];
    }),
  );
  return [...keyed.values()].toSorted((a, b) => compare(b.time, a.time) || compare(b.id, a.id)).map(({ edge }) => edge);
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
