import type { SystemName } from "./pace.ts";

/** How a client of one system speaks over its WebSocket. */
export type Protocol = Readonly<{
  path: string;
  subprotocol?: string;
  /** Said first, and answered with `connection_ack`. */
  hello?(token: string): string;
  subscribe(operationId: string, key: string): string;
  end(operationId: string): string;
  /** Whether a subscription that stands shows: by a first event, or by `ready`. */
  confirms: boolean;
  /** Messages are bare text, without a place. */
  raw?: true;
}>;

/** What a client of a live reply asks for. */
const REPLY_STREAM = `subscription ReplyStream($messageId: ID!, $attempt: Int, $offset: Int) {
  replyStream(messageId: $messageId, attempt: $attempt, offset: $offset) {
    messageId attempt offset text status message { id status content }
  }
}`;

const MESSAGE_ADDED = `subscription MessageAdded($chatroomId: ID!, $after: ID) {
  messageAdded(chatroomId: $chatroomId, after: $after) { id role content status }
}`;

const subscribeMessage = (id: string, query: string, variables: object) =>
  JSON.stringify({ id, type: "subscribe", payload: { query, variables } });

const graphql = {
  path: "/graphql",
  subprotocol: "graphql-transport-ws",
  hello: (token: string) =>
    JSON.stringify({ type: "connection_init", ...(token && { payload: { authorization: `Bearer ${token}` } }) }),
  subscribe: (operationId: string, key: string) =>
    subscribeMessage(operationId, REPLY_STREAM, { messageId: key, attempt: 0, offset: 0 }),
  end: (operationId: string) => JSON.stringify({ id: operationId, type: "complete" }),
};

const plain = {
  path: "/",
  subscribe: (_operationId: string, key: string) => JSON.stringify({ type: "subscribe", replyId: key }),
  end: () => JSON.stringify({ type: "complete" }),
  confirms: true,
};

export const PROTOCOLS: Readonly<Record<Exclude<SystemName, "polling">, Protocol>> = {
  colloquy: { ...graphql, confirms: true },
  stock: { ...graphql, confirms: false },
  bare: plain,
  resumable: { ...plain, raw: true },
};

/** Follows a room; the key is its id and, after a slash, that of the last message seen. */
export const ROOMS: Protocol = {
  ...graphql,
  subscribe(operationId, key) {
    const [chatroomId, after] = key.split("/");
    return subscribeMessage(operationId, MESSAGE_ADDED, { chatroomId, after });
  },
  confirms: true,
};

/** A piece of text and its place, cut out of a message that holds them as JSON: parsing it all would take longer. */
export function readPiece(message: string): { offset: number; length: number } | undefined {
  const place = message.indexOf('"offset":');
  const start = message.indexOf('"text":"', place);
  if (place === -1 || start === -1) return undefined;
  const offset = Number.parseInt(message.slice(place + 9, place + 18), 10);
  return { offset, length: message.indexOf('"', start + 8) - start - 8 };
}
