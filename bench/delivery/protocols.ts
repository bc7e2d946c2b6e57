import type { System } from "./cases.ts";

/** How a client of one system speaks over its WebSocket. */
export type Protocol = Readonly<{
  path: string;
  subprotocol?: string;
  /** Said first, and answered with `connection_ack`. */
  hello?(token: string): string;
  subscribe(key: string): string;
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

const graphql = {
  path: "/graphql",
  subprotocol: "graphql-transport-ws",
  hello: (token: string) =>
    JSON.stringify({ type: "connection_init", ...(token && { payload: { authorization: `Bearer ${token}` } }) }),
  subscribe: (messageId: string) =>
    JSON.stringify({
      id: "1",
      type: "subscribe",
      payload: { query: REPLY_STREAM, variables: { messageId, attempt: 0, offset: 0 } },
    }),
};

const plain = { path: "/", subscribe: (replyId: string) => JSON.stringify({ replyId }), confirms: true };

export const PROTOCOLS: Readonly<Record<System, Protocol>> = {
  colloquy: { ...graphql, confirms: true },
  stock: { ...graphql, confirms: false },
  bare: plain,
  resumable: { ...plain, raw: true },
};

/** A piece of text and its place, cut out of a message that holds them as JSON: parsing it all would take longer. */
export function readPiece(message: string): { offset: number; length: number } | undefined {
  const place = message.indexOf('"offset":');
  const start = message.indexOf('"text":"', place);
  if (place === -1 || start === -1) return undefined;
  const offset = Number.parseInt(message.slice(place + 9, place + 18), 10);
  return { offset, length: message.indexOf('"', start + 8) - start - 8 };
}
