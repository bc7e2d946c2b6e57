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
    return { ...incoming, edges: joinPages(before, incoming.edges, readField) };
  },
};

/** Puts a room into the lists it belongs to, at its place, and takes it out of the others. */
export function placeRoom(cache: ApolloCache, id: string): void {
  const room = readRoom(cache, id);
  if (!room) return;
  const node = { __ref: cache.identify({ __typename: "Chatroom", id }) ?? "" };
  modifyLists(cache, (list, filter, readField) => {
    const edges = list.edges.filter((edge) => refOf(edge) !== node.__ref);
    const at = findPlace(edges, room, readField);
    // What is beyond the pages that were read comes with its page.
    const beyond = list.pageInfo.hasNextPage && at === edges.length && at > 0;
    if (fits(room, filter) && !beyond) edges.splice(at, 0, { __typename: "ChatroomEdge", cursor: "", node });
    return { ...list, edges };
  });
}

export function removeRoom(cache: ApolloCache, id: string): void {
  const ref = cache.identify({ __typename: "Chatroom", id });
  modifyLists(cache, (list) => ({ ...list, edges: list.edges.filter((edge) => refOf(edge) !== ref) }));
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

/** By what rooms are known: to compare it reads nothing of the cache, where a list may have thousands of them. */
const refOf = ({ node }: RoomEdge): string => (node as Reference).__ref;

type Key = Readonly<{ lastMessageAt: string; id: string }>;

/** Newest first. */
const compareKeys = (a: Key, b: Key): number => compare(b.lastMessageAt, a.lastMessageAt) || compare(b.id, a.id);
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const keyOf = ({ node }: RoomEdge, readField: ReadField): Key => ({
  lastMessageAt: String(readField("lastMessageAt", node)),
  id: String(readField("id", node)),
});

/** @returns where a room belongs among edges in order */
function findPlace(edges: readonly RoomEdge[], room: Key, readField: ReadField): number {
  let [from, to] = [0, edges.length];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const edge = edges[middle];
    if (edge && compareKeys(keyOf(edge, readField), room) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** A page follows what was there: only where a room has moved meanwhile, all are sorted. */
function joinPages(before: readonly RoomEdge[], page: readonly RoomEdge[], readField: ReadField): RoomEdge[] {
  const fresh = new Set(page.map(refOf));
  const others = before.filter((edge) => !fresh.has(refOf(edge)));
  const edges = [...others, ...page];
  const keys = edges.slice(Math.max(0, others.length - 1)).map((edge) => keyOf(edge, readField));
  const follows = keys.every((key, index) => index === 0 || compareKeys(keys[index - 1] ?? key, key) < 0);
  return follows ? edges : sortEdges(edges, readField);
}

function sortEdges(edges: readonly RoomEdge[], readField: ReadField): RoomEdge[] {
  // Each field is read once.
  const keyed = edges.map((edge) => ({ edge, key: keyOf(edge, readField) }));
  return keyed.toSorted((a, b) => compareKeys(a.key, b.key)).map(({ edge }) => edge);
}
