import { ApolloClient, gql, HttpLink, InMemoryCache, type TypedDocumentNode } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";
import { Client, fetchExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Colloquy } from "../../_support/colloquy.ts";
import type { TestClient } from "../../_support/client.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";

/** Normalised caches follow by themselves what a mutation did: its payload has the changed objects. */

const ROOMS = `query { chatrooms { edges { node {
  id title pinnedAt unread firstUnread { id } messages(last: 10) { edges { node { id rating { value } } } }
} } } }`;
const RENAME = `mutation ($id: ID!) {
  updateChatroom(input: { id: $id, title: "Renamed", pinned: true }) { chatroom { id title pinnedAt } } }`;
const READ = `mutation ($id: ID!) { markRead(input: { chatroomId: $id }) { chatroom { id unread firstUnread { id } } } }`;
const RATE = `mutation ($id: ID!) { rateReply(input: { messageId: $id, value: UP }) { message { id rating { value } } } }`;
const DELETE = `mutation ($id: ID!) { deleteChatroom(id: $id) { id } }`;

type Room = {
  id: string;
  title: string;
  pinnedAt: string | null;
  unread: boolean;
  firstUnread: { id: string } | null;
  messages: { edges: { node: { id: string; rating: { value: string } | null } }[] };
};
type Rooms = { chatrooms: { edges: { node: Room }[] } };

/** A library's client that shows a list of rooms. */
type Sidebar = Readonly<{
  /** The rooms as they are shown, from the cache alone; null when something of them is missing there. */
  shown(): Room[] | null;
  /** The same for a view that opens now: what is missing is read from the server. */
  open(): Promise<Room[] | null>;
  run(mutation: string, id: string): Promise<void>;
  close(): void;
}>;

async function openApollo(url: string, token: string): Promise<Sidebar> {
  const cache = new InMemoryCache({ typePolicies: { Query: { fields: { chatrooms: relayStylePagination() } } } });
  const link = new HttpLink({ uri: url, headers: { authorization: `Bearer ${token}` } });
  const client = new ApolloClient({ link, cache });
  const query: TypedDocumentNode<Rooms> = gql(ROOMS);
  const open = async () => (await client.query({ query })).data?.chatrooms.edges.map(({ node }) => node) ?? null;
  await open();
  return {
    open,
    shown: () => cache.readQuery({ query })?.chatrooms.edges.map(({ node }) => node) ?? null,
    async run(mutation, id) {
      // The one line that a deleted thing needs: no payload can name the lists that it was in.
      const forget = () => void cache.evict({ id: cache.identify({ __typename: "Chatroom", id }) ?? "" });
      await client.mutate({
        mutation: gql(mutation),
        variables: { id },
        ...(mutation === DELETE && { update: forget }),
      });
    },
    close: () => client.stop(),
  };
}

async function openUrql(url: string, token: string): Promise<Sidebar> {
  const client = new Client({
    url,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization: `Bearer ${token}` } },
    exchanges: [
      cacheExchange({
        updates: {
          Mutation: {
            deleteChatroom: (_result, { id }, cache) => cache.invalidate({ __typename: "Chatroom", id: id as string }),
          },
        },
        keys: { Rating: () => null },
      }),
      fetchExchange,
    ],
  });
  async function open(): Promise<Room[] | null> {
    const { data, error } = await client.query<Rooms>(ROOMS, {}).toPromise();
    if (error) throw error;
    return data?.chatrooms.edges.map(({ node }) => node) ?? null;
  }
  await open();
  return {
    open,
    shown() {
      const result = client.readQuery<Rooms>(ROOMS, {}, { requestPolicy: "cache-only" });
      return result?.data?.chatrooms.edges.map(({ node }) => node) ?? null;
    },
    async run(mutation, id) {
      const { error } = await client.mutation(mutation, { id }).toPromise();
      if (error) throw error;
    },
    close() {},
  };
}

let colloquy: Colloquy;
let alice: TestClient;
let room: string;
let replyId: string;

beforeAll(async () => {
  colloquy = await shareColloquy();
});
afterAll(() => colloquy.close());

beforeEach(async () => {
  alice = await colloquy.signIn();
  room = await alice.createRoom("tales");
  ({ replyId } = await alice.send(room, "tell me"));
  await alice.watchReply(replyId).completed;
});

// Apollo leaves a room out of its lists that it has forgotten; urql asks for the lists again.
describe.each([
  { name: "Apollo's cache", open: openApollo, withoutAsking: true },
  { name: "urql's cache", open: openUrql, withoutAsking: false },
])("$name", ({ open, withoutAsking }) => {
  test("follows what updateChatroom, markRead and rateReply say", async () => {
    const sidebar = await open(alice.url, alice.token());
    expect(sidebar.shown()).toMatchObject([
      { title: "tales", pinnedAt: null, unread: true, firstUnread: { id: replyId } },
    ]);
    await sidebar.run(RENAME, room);
    expect(sidebar.shown()).toMatchObject([{ title: "Renamed", pinnedAt: expect.any(String) as string, unread: true }]);
    await sidebar.run(READ, room);
    expect(sidebar.shown()).toMatchObject([{ title: "Renamed", unread: false, firstUnread: null }]);
    await sidebar.run(RATE, replyId);
    expect(sidebar.shown()?.[0]?.messages.edges.at(-1)?.node).toMatchObject({ id: replyId, rating: { value: "UP" } });
    sidebar.close();
  });

  test("forgets a room that deleteChatroom names, and shows it no more", async () => {
    const other = await alice.createRoom("other");
    const sidebar = await open(alice.url, alice.token());
    expect(sidebar.shown()).toHaveLength(2);
    await sidebar.run(DELETE, room);
    expect(sidebar.shown()?.map(({ id }) => id) ?? null).toEqual(withoutAsking ? [other] : null);
    expect((await sidebar.open())?.map(({ id }) => id)).toEqual([other]);
    sidebar.close();
  });
});
