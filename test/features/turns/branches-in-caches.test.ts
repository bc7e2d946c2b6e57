import { ApolloClient, gql, HttpLink, InMemoryCache, type TypedDocumentNode } from "@apollo/client";
import { Client, fetchExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import type { TestClient } from "../../_support/client.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";

/** What a page shows of a room, and what each mutation answers of it. */
const ROOM = `
  fragment Room on Chatroom {
    id title pinnedAt position leaf { id } activeReply { id } queue { id content } queuePausedBecause
    messages(last: 100) { edges { node { id content siblings { index total previousId nextId } } } }
  }`;
const QUERY = `query ($id: ID!) { chatroom(id: $id) { ...Room } } ${ROOM}`;
const MUTATIONS = {
  sendMessage: "SendMessageInput",
  editMessage: "EditMessageInput",
  regenerateReply: "RegenerateReplyInput",
  selectBranch: "SelectBranchInput",
  updateQueued: "UpdateQueuedInput",
  updateChatroom: "UpdateChatroomInput",
} as const;
type Named = keyof typeof MUTATIONS | "deleteMessage" | "cancelQueued";

const documentOf = (name: Named) =>
  name === "deleteMessage" || name === "cancelQueued"
    ? `mutation ($id: ID!) { ${name}(id: $id) { chatroom { ...Room } } } ${ROOM}`
    : `mutation ($input: ${MUTATIONS[name]}!) { ${name}(input: $input) {
        chatroom { ...Room } ${name === "sendMessage" || name === "editMessage" || name === "regenerateReply" ? "message { id } reply { id }" : ""}
      } } ${ROOM}`;

type Sent = { message: { id: string }; reply: { id: string } };

/** A library's client that shows a room. */
type Page = Readonly<{
  /** From the cache alone. */
  shown(): unknown;
  /** From the API, past the cache. */
  fresh(): Promise<unknown>;
  run(name: Named, variables: Record<string, unknown>): Promise<Sent>;
  close(): void;
}>;

async function openApollo(client: TestClient, id: string): Promise<Page> {
  const link = new HttpLink({ uri: client.url, headers: { authorization: `Bearer ${client.token()}` } });
  // A queue is a list as it is: the new one takes the place of the old one.
  const cache = new InMemoryCache({ typePolicies: { Chatroom: { fields: { queue: { merge: false } } } } });
  const apollo = new ApolloClient({ link, cache });
  const [query, variables] = [gql(QUERY), { id }];
  await apollo.query({ query, variables });
  return {
    shown: () => apollo.readQuery({ query, variables }),
    fresh: async () => (await apollo.query({ query, variables, fetchPolicy: "no-cache" })).data,
    async run(name, input) {
      const mutation: TypedDocumentNode<Record<string, Sent>> = gql(documentOf(name));
      const { data } = await apollo.mutate({ mutation, variables: input });
      return data?.[name] as Sent;
    },
    close: () => apollo.stop(),
  };
}

async function openUrql(client: TestClient, id: string): Promise<Page> {
  const options = {
    url: client.url,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization: `Bearer ${client.token()}` } },
  } as const;
  const urql = new Client({
    ...options,
    exchanges: [cacheExchange({ keys: { Siblings: () => null } }), fetchExchange],
  });
  const past = new Client({ ...options, exchanges: [fetchExchange] });
  const variables = { id };
  await urql.query(QUERY, variables).toPromise();
  return {
    shown: () => withoutTypes(urql.readQuery(QUERY, variables, { requestPolicy: "cache-only" })?.data),
    fresh: async () => withoutTypes((await past.query(QUERY, variables).toPromise()).data),
    async run(name, input) {
      const { data, error } = await urql.mutation<Record<string, Sent>>(documentOf(name), input).toPromise();
      if (error) throw error;
      return data?.[name] as Sent;
    },
    close() {},
  };
}

const withoutTypes = (data: unknown): unknown =>
  JSON.parse(JSON.stringify(data ?? null, (key, value: unknown) => (key === "__typename" ? undefined : value)));

let colloquy: Colloquy;

beforeAll(async () => {
  colloquy = await shareColloquy();
});
afterAll(() => colloquy.close());

describe.each([
  { name: "Apollo's cache", open: openApollo },
  { name: "urql's cache", open: openUrql },
])("$name", ({ open }) => {
  test("follows each change of a room by the payload of its mutation alone", async () => {
    const client = await colloquy.signIn();
    const id = await client.createRoom();
    const page = await open(client, id);
    // A reply that ended between the payload and the look at the API would be news.
    const gates = [createGate(), createGate(), createGate()];
    for (const gate of gates) colloquy.gemini.onPrompt("words", [{ waitFor: gate }, { text: "done" }]);
    const end = async (at: number, replyId: string) => {
      gates[at]?.open();
      await client.watchReply(replyId).completed;
    };
    /** Runs a mutation, and compares what the cache has then with what the API answers. */
    async function follow(name: Named, variables: Record<string, unknown>): Promise<Sent> {
      const before = page.shown();
      const sent = await page.run(name, variables);
      expect(page.shown()).toEqual(await page.fresh());
      expect(page.shown()).not.toEqual(before);
      return sent;
    }

    const first = await follow("sendMessage", { input: { chatroomId: id, content: "first words" } });
    const queued = { chatroomId: id, content: "and then?", whileReplying: "QUEUE" };
    const waiting = await follow("sendMessage", { input: queued });
    await follow("updateQueued", { input: { id: waiting.message.id, content: "or else?" } });
    await follow("cancelQueued", { id: waiting.message.id });
    await end(0, first.reply.id);
    const edited = await follow("editMessage", { input: { messageId: first.message.id, content: "other words" } });
    await end(1, edited.reply.id);
    const again = await follow("regenerateReply", { input: { messageId: edited.reply.id } });
    await end(2, again.reply.id);
    await follow("selectBranch", { input: { messageId: first.message.id } });
    await follow("selectBranch", { input: { messageId: edited.message.id } });
    await follow("deleteMessage", { id: edited.message.id });
    await follow("updateChatroom", { input: { id, title: "Renamed", pinned: true } });
    page.close();
  });
});
