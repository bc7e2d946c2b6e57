import { vi } from "vitest";
import WebSocket from "ws";
import type { AccessTokens } from "../../packages/client/src/session/access-tokens.ts";
import * as apollo from "../../packages/client/src/apollo.ts";
import { createEventStreams } from "../../packages/client/src/live/event-streams.ts";
import { createLiveClient, type LiveClient } from "../../packages/client/src/live/web-socket.ts";
import type { ReplyText } from "../../packages/client/src/reply/reply-text.ts";
import type { Payload, Result, Sink, Subscribe } from "../../packages/client/src/live/resuming.ts";
import * as urql from "../../packages/client/src/urql.ts";
import * as bare from "../../packages/client/src/watch.ts";
import { createWatch, type Watch } from "./watch.ts";

export type Kind = "graphql-ws" | "graphql-sse" | "Apollo Client" | "urql";

/** One of the example clients, and what a test wants to know of it. */
export type Subject = Readonly<{
  live: { subscribe: Subscribe };
  watchReply(messageId: string, watcher: bare.Watcher<ReplyText<bare.FinishedReply>>): () => void;
  /** Opens a room as the client does, and follows it. */
  watchRoom(chatroomId: string, query: () => Promise<OpenedRoom>): Watch<bare.RoomMessage>;
  /** Ids of the messages that the client shows of the room it has opened. */
  shownMessages(): readonly string[];
  /** Every result of its subscriptions, as it came from the connection. */
  results: readonly Result<unknown>[];
  /** How much text of replies has come over the connections. */
  receivedUnits(): number;
  /** What its subscriptions were broken off by. */
  broken: readonly unknown[];
  whenBroken(accept: (cause: unknown) => boolean): Promise<unknown>;
  /** The WebSocket it uses now. */
  socket(): WebSocket;
  close(): Promise<void>;
}>;

type OpenedRoom = { messages: { edges: readonly { node: bare.RoomMessage }[] } } | null;

export type SubjectOptions = Readonly<{
  /** Host and port. */
  authority: string;
  tokens: AccessTokens;
  pingEveryMs?: number;
  answerLimitMs?: number;
  silenceLimitMs?: number;
}>;

/** Waits between tries are short here, and the same each time. */
const WAIT_MS = 20;

export function openSubject(kind: Kind, { authority, ...options }: SubjectOptions): Subject {
  const url = `http://${authority}/graphql`;
  const results: Result<unknown>[] = [];
  const stops: (() => void)[] = [];
  let socket: WebSocket | undefined;
  let shown: readonly string[] = [];
  let tellBroken = (_cause: unknown): void => {};
  const broken = createWatch<unknown>((sink) => {
    tellBroken = sink.next;
    return () => {};
  });

  const common = { ...options, onBroken: (cause: unknown) => tellBroken(cause), wait: () => WAIT_MS };
  const recorded = (subscribe: Subscribe): Subscribe => {
    return <Data>(payload: Payload, sink: Sink<Result<Data>>) =>
      subscribe<Data>(payload, {
        error: sink.error.bind(sink),
        complete: sink.complete.bind(sink),
        next(result) {
          results.push(result);
          sink.next(result);
        },
      });
  };

  const streams = createEventStreams({ ...common, url });
  const sockets = createLiveClient({ ...common, url: `ws://${authority}/graphql`, webSocketImpl: WebSocket });
  sockets.on("opened", (opened) => void (socket = opened as WebSocket));
  const plain = kind === "graphql-sse" ? streams : sockets;
  const live = { ...plain, subscribe: recorded(plain.subscribe) };
  const client = createFunctions(kind, live, { ...options, url });

  return {
    live,
    watchReply(messageId, watcher) {
      const stop = client.watchReply(messageId, watcher);
      stops.push(stop);
      return stop;
    },
    watchRoom(chatroomId, query) {
      return createWatch<bare.RoomMessage>((sink) => {
        let stop = () => {};
        const known = query().then((room) => room?.messages.edges.map(({ node }) => node) ?? []);
        const next = (messages: readonly bare.RoomMessage[]) => {
          shown = messages.map(({ id }) => id);
          const newest = messages.at(-1);
          if (newest) sink.next(newest);
        };
        known
          .then((messages) => client.watchRoom(chatroomId, { next, error: sink.error }, messages))
          .then((started) => void (stop = started), sink.error);
        stops.push(() => stop());
        return () => stop();
      });
    },
    shownMessages: () => shown,
    results,
    receivedUnits: () => results.reduce((sum, { data }) => sum + textOf(data).length, 0),
    broken: broken.events,
    whenBroken: broken.until,
    socket() {
      if (!socket) throw new Error("There is no socket yet");
      return socket;
    },
    async close() {
      for (const stop of stops) stop();
      await sockets.dispose();
    },
  };
}

type Functions = {
  watchReply: Subject["watchReply"];
  watchRoom(
    chatroomId: string,
    watcher: bare.Watcher<readonly bare.RoomMessage[]>,
    known: readonly bare.RoomMessage[],
  ): (() => void) | Promise<() => void>;
};

/** The four examples, called in one way. */
function createFunctions(
  kind: Kind,
  live: { subscribe: Subscribe },
  options: { url: string; tokens: AccessTokens },
): Functions {
  switch (kind) {
    case "graphql-ws":
    case "graphql-sse":
      return {
        watchReply: (messageId, watcher) => bare.watchReply(live, messageId, watcher),
        watchRoom: (chatroomId, { next, error }, known) =>
          bare.watchRoom(live, chatroomId, { next: ({ messages }) => next(messages), error }, known),
      };
    case "Apollo Client": {
      // Every browser has it, Node 20 has not: Apollo's link looks at it when a subscription fails.
      vi.stubGlobal("WebSocket", WebSocket);
      const client = apollo.createApolloClient({ ...options, live: live as LiveClient });
      return {
        watchReply: (messageId, watcher) => apollo.watchReply(client, messageId, watcher),
        watchRoom: (chatroomId, watcher) => apollo.watchRoom(client, chatroomId, watcher),
      };
    }
    case "urql": {
      const client = urql.createUrqlClient({ ...options, live });
      return {
        watchReply: (messageId, watcher) => urql.watchReply(client, messageId, watcher),
        watchRoom: (chatroomId, { next, error }, known) =>
          urql.watchRoom(client, chatroomId, { next: ({ messages }) => next(messages), error }, known),
      };
    }
  }
}

function textOf(data: unknown): string {
  const { replyStream } = data as { replyStream?: { text: string } };
  return replyStream?.text ?? "";
}
