import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import relay, { type ConcreteRequest, type Environment, type ReaderFragment } from "relay-runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import type { TestClient } from "../../_support/client.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { post } from "../../_support/post.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";

/**
 * Relay's own compiler reads the schema, and its store follows by itself what a mutation did: by ids, by connections, and by
 * the directives with which its users say where an answer belongs.
 */
const DOCUMENTS = `
import { graphql } from "relay-runtime";
graphql\`
  fragment documents_room on Chatroom
  @refetchable(queryName: "documentsPageQuery")
  @argumentDefinitions(last: { type: "Int", defaultValue: 50 }, before: { type: "String" }) {
    id
    title
    pinnedAt
    archivedAt
    position
    leaf { id }
    activeReply { id }
    queue { id content }
    queuePausedBecause
    messages(last: $last, before: $before) @connection(key: "documents_messages") {
      edges { node { id content siblings { index total previousId nextId } } }
    }
  }
\`;
graphql\`query documentsRoomQuery($id: ID!) { chatroom(id: $id) { id ...documents_room } }\`;
graphql\`
  query documentsRoomsQuery {
    chatrooms(first: 50) @connection(key: "documents_chatrooms") { edges { node { id title pinnedAt archivedAt } } }
  }
\`;
graphql\`
  mutation documentsSendMutation($input: SendMessageInput!, $connections: [ID!]!) {
    sendMessage(input: $input) {
      message { id content siblings { index total previousId nextId } }
      messageEdge @appendEdge(connections: $connections) { cursor node { id } }
      reply @appendNode(connections: $connections, edgeTypeName: "MessageEdge") {
        id content siblings { index total previousId nextId }
      }
      chatroom { id title position leaf { id } activeReply { id } queue { id content } queuePausedBecause }
    }
  }
\`;
graphql\`
  mutation documentsQueueMutation($input: SendMessageInput!) {
    sendMessage(input: $input) { message { id content } chatroom { id position queue { id content } queuePausedBecause } }
  }
\`;
graphql\`
  mutation documentsEditMutation($input: EditMessageInput!) {
    editMessage(input: $input) { message { id } reply { id } chatroom { ...documents_room } }
  }
\`;
graphql\`
  mutation documentsRegenerateMutation($input: RegenerateReplyInput!) {
    regenerateReply(input: $input) { reply { id } chatroom { ...documents_room } }
  }
\`;
graphql\`
  mutation documentsSelectMutation($input: SelectBranchInput!) {
    selectBranch(input: $input) { chatroom { ...documents_room } }
  }
\`;
graphql\`
  mutation documentsRemoveMutation($id: ID!) {
    deleteMessage(id: $id) { deletedIds @deleteRecord chatroom { ...documents_room } }
  }
\`;
graphql\`
  mutation documentsUpdateQueuedMutation($input: UpdateQueuedInput!) {
    updateQueued(input: $input) { message { id content } chatroom { id position queue { id content } } }
  }
\`;
graphql\`
  mutation documentsCancelQueuedMutation($id: ID!) {
    cancelQueued(id: $id) { message { id @deleteRecord } chatroom { id position queue { id content } queuePausedBecause } }
  }
\`;
graphql\`
  mutation documentsUpdateRoomMutation($input: UpdateChatroomInput!) {
    updateChatroom(input: $input) { chatroom { id title pinnedAt archivedAt } }
  }
\`;
graphql\`
  mutation documentsArchiveMutation($input: UpdateChatroomInput!, $connections: [ID!]!) {
    updateChatroom(input: $input) { chatroom { id @deleteEdge(connections: $connections) title pinnedAt archivedAt } }
  }
\`;
graphql\`mutation documentsDeleteRoomMutation($id: ID!) { deleteChatroom(id: $id) { id @deleteRecord } }\`;
graphql\`
  mutation documentsRestoreRoomMutation($id: ID!, $connections: [ID!]!) {
    restoreChatroom(id: $id) {
      chatroom @prependNode(connections: $connections, edgeTypeName: "ChatroomEdge") { id title pinnedAt archivedAt }
    }
  }
\`;
`;

const ROOT = join(import.meta.dirname, "../../..");
const { ConnectionHandler, RecordSource, Store, Network, commitMutation, createOperationDescriptor, fetchQuery } =
  relay;

let colloquy: Colloquy;
let client: TestClient;
let environment: Environment;
let directory: string;

beforeAll(async () => {
  await mkdir(join(ROOT, ".data"), { recursive: true });
  directory = await mkdtemp(join(ROOT, ".data/relay-"));
  await writeFile(join(directory, "documents.js"), DOCUMENTS);
  const options = { src: ".", schema: "../../schema.graphql", language: "javascript", eagerEsModules: true };
  await writeFile(join(directory, "relay.config.json"), JSON.stringify(options));
  const compiler = join(ROOT, "node_modules/relay-compiler/cli.js");
  execFileSync(process.execPath, [compiler, "relay.config.json"], { cwd: directory, encoding: "utf8" });
  colloquy = await shareColloquy();
  client = await colloquy.signIn();
  environment = new relay.Environment({ store: new Store(new RecordSource()), network: Network.create(ask) });
});
afterAll(async () => {
  await colloquy?.close();
  await rm(directory, { recursive: true, force: true });
});

async function ask({ text }: { text: string | null | undefined }, variables: Record<string, unknown>) {
  const headers = { authorization: `Bearer ${client.token()}` };
  const { data, errors } = await post(client.url, { query: text, variables }, headers);
  expect(errors).toEqual([]);
  return { data: data ?? {} };
}

const load = async (name: string): Promise<ConcreteRequest> => {
  const path = join(directory, `__generated__/${name}.graphql.js`);
  return ((await import(pathToFileURL(path).href)) as { default: ConcreteRequest }).default;
};

/** What the store has, without a request. */
async function shown(name: string, variables: Record<string, unknown>, fragment?: string): Promise<unknown> {
  const operation = createOperationDescriptor(await load(name), variables);
  const { data } = environment.lookup(operation.fragment);
  if (fragment === undefined) return withoutPaging(data);
  const path = join(directory, `__generated__/${fragment}.graphql.js`);
  const { default: node } = (await import(pathToFileURL(path).href)) as { default: ReaderFragment };
  const selector = relay.getSingularSelector(node, (data as { chatroom: unknown }).chatroom);
  return selector && withoutPaging(environment.lookup(selector).data);
}

/** What the API has. */
async function fresh(name: string, variables: Record<string, unknown>): Promise<Record<string, unknown>> {
  const { data } = await ask((await load(name)).params, variables);
  return withoutPaging(data) as Record<string, unknown>;
}

/** Cursors and ends of pages are Relay's own business; names of types and fragments are for its store. */
function withoutPaging(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPaging);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !/^__|^cursor$|^pageInfo$/.test(key));
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutPaging(each)]));
}

async function mutate(name: string, variables: Record<string, unknown>): Promise<Record<string, unknown>> {
  const mutation = await load(name);
  return new Promise((resolve, reject) => {
    commitMutation(environment, {
      mutation,
      variables,
      onCompleted: (answer) => resolve(answer),
      onError: reject,
    });
  });
}

async function open(name: string, variables: Record<string, unknown>): Promise<void> {
  const query = await load(name);
  environment.retain(createOperationDescriptor(query, variables));
  await fetchQuery(environment, query, variables).toPromise();
}

type Sent = { message: { id: string }; reply: { id: string } };

test("a store follows each change of a room by what its mutation answers", async () => {
  const id = await client.createRoom();
  await open("documentsRoomQuery", { id });
  const connections = [ConnectionHandler.getConnectionID(id, "documents_messages")];
  const follows = async () =>
    expect(await shown("documentsRoomQuery", { id }, "documents_room")).toEqual(
      (await fresh("documentsRoomQuery", { id }))["chatroom"],
    );
  // A reply that ended between the answer and the look at the API would be news.
  const gates = [createGate(), createGate(), createGate()];
  for (const gate of gates) colloquy.gemini.onPrompt("words", [{ waitFor: gate }, { text: "done" }]);
  const end = async (at: number, replyId: string) => {
    gates[at]?.open();
    await client.watchReply(replyId).completed;
  };

  const sent = await mutate("documentsSendMutation", {
    input: { chatroomId: id, content: "first words" },
    connections,
  });
  const first = sent["sendMessage"] as Sent;
  await follows();
  const queue = { chatroomId: id, content: "and then?", whileReplying: "QUEUE" };
  const waiting = (await mutate("documentsQueueMutation", { input: queue }))["sendMessage"] as Sent;
  await follows();
  await mutate("documentsUpdateQueuedMutation", { input: { id: waiting.message.id, content: "or else?" } });
  await follows();
  await mutate("documentsCancelQueuedMutation", { id: waiting.message.id });
  await follows();
  await end(0, first.reply.id);

  const edit = { messageId: first.message.id, content: "other words" };
  const edited = (await mutate("documentsEditMutation", { input: edit }))["editMessage"] as Sent;
  await follows();
  await end(1, edited.reply.id);
  const regenerate = { messageId: edited.reply.id };
  const again = (await mutate("documentsRegenerateMutation", { input: regenerate }))["regenerateReply"] as Sent;
  await follows();
  await end(2, again.reply.id);
  await mutate("documentsSelectMutation", { input: { messageId: first.message.id } });
  await follows();
  await mutate("documentsRemoveMutation", { id: edited.message.id });
  await follows();
  // Relay asks for it by `node`.
  await open("documentsPageQuery", { id, last: 1 });
});

test("a store's list of rooms follows a new title, a pin, the archive, a deletion and its undoing", async () => {
  const [kept, id] = [await client.createRoom("kept"), await client.createRoom("tales")];
  await open("documentsRoomsQuery", {});
  const connections = [ConnectionHandler.getConnectionID("client:root", "documents_chatrooms")];
  const rooms = async () => {
    const { chatrooms } = (await shown("documentsRoomsQuery", {})) as {
      chatrooms: { edges: { node: { id: string } }[] };
    };
    return chatrooms.edges.flatMap((edge) => edge?.node ?? []);
  };
  const follows = async () => {
    const { chatrooms } = (await fresh("documentsRoomsQuery", {})) as { chatrooms: { edges: { node: object }[] } };
    expect(await rooms()).toEqual(chatrooms.edges.map(({ node }) => node));
  };
  await follows();
  await mutate("documentsUpdateRoomMutation", { input: { id, title: "Renamed", pinned: true } });
  await follows();
  await mutate("documentsDeleteRoomMutation", { id });
  await follows();
  await mutate("documentsRestoreRoomMutation", { id, connections });
  await follows();
  await mutate("documentsArchiveMutation", { input: { id: kept, archived: true }, connections });
  await follows();
});
