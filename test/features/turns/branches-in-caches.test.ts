import { ApolloClient, gql, HttpLink, InMemoryCache, type TypedDocumentNode } from "@apollo/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import {
  DeleteMessage,
  EditMessage,
  GetBranch,
  RegenerateReply,
  SelectBranch,
} from "../../_support/branch-documents.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";

let colloquy: Colloquy;

beforeAll(async () => {
  colloquy = await startColloquy();
});
afterAll(() => colloquy.close());

test("a normalised cache follows each change of branches by its payload alone", async () => {
  const client = await colloquy.signIn();
  const apollo = new ApolloClient({
    link: new HttpLink({ uri: client.url, headers: { authorization: `Bearer ${client.token()}` } }),
    cache: new InMemoryCache(),
  });
  const room = await client.createRoom();
  const query = gql(GetBranch.toString());
  const variables = { id: room };
  const first = await client.send(room, "one");
  await client.watchReply(first.replyId).completed;
  await apollo.query({ query, variables });

  /** Runs a mutation, and compares what the cache has then with what the API answers. */
  async function follow<Result>(document: { toString(): string }, input: Record<string, unknown>): Promise<Result> {
    const mutation: TypedDocumentNode<Result> = gql(document.toString());
    const { data } = await apollo.mutate({ mutation, variables: input });
    const fresh = await apollo.query({ query, variables, fetchPolicy: "no-cache" });
    expect(apollo.readQuery({ query, variables })).toEqual(fresh.data);
    return data!;
  }
  // A reply that ended between the payload and the look at the API would be news.
  const gates = [createGate(), createGate()];
  for (const gate of gates) colloquy.gemini.onPrompt("other", [{ waitFor: gate }, { text: "done" }]);
  type Sent = { message: { id: string }; reply: { id: string } };
  const { editMessage } = await follow<{ editMessage: Sent }>(EditMessage, {
    input: { messageId: first.messageId, content: "other" },
  });
  gates[0]!.open();
  await client.watchReply(editMessage.reply.id).completed;
  const { regenerateReply } = await follow<{ regenerateReply: Sent }>(RegenerateReply, {
    input: { messageId: editMessage.reply.id },
  });
  gates[1]!.open();
  await client.watchReply(regenerateReply.reply.id).completed;
  await follow(SelectBranch, { input: { messageId: first.messageId } });
  await follow(SelectBranch, { input: { messageId: editMessage.message.id } });
  await follow(DeleteMessage, { id: editMessage.message.id });
  expect(apollo.readQuery<{ chatroom: { leaf: { id: string } } }>({ query, variables })?.chatroom.leaf.id).toBe(
    first.replyId,
  );
  apollo.stop();
});
