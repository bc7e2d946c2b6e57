import { AssertionError } from "node:assert";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { describe, expect, test } from "vitest";
import { createEventStreams } from "../src/live/event-streams.ts";
import { createLiveClient } from "../src/live/web-socket.ts";
import { watchReply, watchRoom } from "../src/watch.ts";
import { WatchReply, WatchRoom } from "../src/documents.ts";
import { CASES } from "./cases.ts";
import type { ClientUnderTest, Endpoint, Sink } from "./client-under-test.ts";

/** This package's own client. Its waits are short here. */
function startOwn({ transport, url, getToken }: Endpoint): ClientUnderTest {
  const common = { url, tokens: { get: getToken, refuse() {} }, wait: () => 5 };
  const sockets = transport === "ws" ? createLiveClient({ ...common, webSocketImpl: WebSocket }) : undefined;
  const live = sockets ?? createEventStreams(common);
  return {
    watchReply(messageId, { show, end }) {
      const next = ({ attempt, text, message }: { attempt: number; text: string; message: unknown }) => {
        show({ attempt, text, isFinished: message !== null });
        if (message !== null) end();
      };
      return watchReply(live, messageId, { next, error: end });
    },
    watchRoom: (chatroomId, { show, end }) => watchRoom(live, chatroomId, { next: show, error: end, complete: end }),
    async close() {
      await sockets?.dispose();
    },
  };
}

/** graphql-ws as it is: its retries send the variables again that it was first given. */
function startPlain({ url, getToken }: Endpoint): ClientUnderTest {
  const client = createClient({
    url,
    webSocketImpl: WebSocket,
    connectionParams: async () => ({ authorization: `Bearer ${await getToken()}` }),
    shouldRetry: () => true,
    retryAttempts: 20,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 5)),
  });
  type Chunk = { replyStream: { attempt: number; text: string; message: unknown } };
  type Added = { messageAdded: { id: string; content: string } };
  const follow = <Data>(query: string, variables: object, sink: Sink<never>, next: (data: Data) => void) =>
    client.subscribe<Data>(
      { query, variables: { ...variables } },
      { next: ({ data }) => void (data && next(data)), error: sink.end, complete: () => sink.end() },
    );
  return {
    watchReply(messageId, sink) {
      let text = "";
      return follow<Chunk>(WatchReply, { messageId }, sink, ({ replyStream }) => {
        text += replyStream.text;
        sink.show({ attempt: replyStream.attempt, text, isFinished: replyStream.message !== null });
      });
    },
    watchRoom(chatroomId, sink) {
      let messages: { id: string; content: string }[] = [];
      return follow<Added>(WatchRoom, { chatroomId }, sink, ({ messageAdded }) => {
        messages = [...messages, messageAdded];
        sink.show({ messages });
      });
    },
    close: () => client.dispose(),
  };
}

describe.each(["ws", "sse"] as const)("over %s, this package's client conforms", (transport) => {
  test.each(CASES)("$name", async ({ run }) => {
    await expect(run({ start: startOwn, transport, limitMs: 15_000 })).resolves.toBeUndefined();
  });
});

describe("the suite can fail: graphql-ws as it is", () => {
  const followsWithoutFaults = /followed to its end|would meet too/;
  test.each(CASES.filter(({ name }) => !followsWithoutFaults.test(name)))("$name", async ({ run }) => {
    await expect(run({ start: startPlain, transport: "ws", limitMs: 1_000 })).rejects.toThrow(AssertionError);
  });
  test.each(CASES.filter(({ name }) => followsWithoutFaults.test(name)))("it does keep: $name", async ({ run }) => {
    await expect(run({ start: startPlain, transport: "ws", limitMs: 15_000 })).resolves.toBeUndefined();
  });
});
