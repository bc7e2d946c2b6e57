/**
 * Follows a reply over a WebSocket, and comes back by itself.
 *
 *     node examples/watch.mjs <access token> <id of the reply>
 */
import { createClient } from "graphql-ws";
import WebSocket from "ws"; // a browser has one of its own, and so has Node 22

const [token, messageId] = process.argv.slice(2);
const client = createClient({
  url: process.env.URL ?? "ws://localhost:4000/graphql",
  webSocketImpl: WebSocket,
  connectionParams: () => ({ authorization: `Bearer ${token}` }),
  retryAttempts: Infinity,
  shouldRetry: () => true, // also when nothing listens for a while
});

let attempt = 0;
let text = "";
const query = `subscription ($messageId: ID!, $attempt: Int, $offset: Int) {
  replyStream(messageId: $messageId, attempt: $attempt, offset: $offset) {
    attempt offset text status message { promptTokens replyTokens error { code } }
  }
}`;
const variables = {
  messageId,
  // graphql-ws reads these anew for each reconnect: the reply goes on where the text ends.
  get attempt() {
    return attempt;
  },
  get offset() {
    return text.length;
  },
};

for await (const { data } of client.iterate({ query, variables })) {
  const chunk = data.replyStream;
  if (chunk.attempt > attempt) text = "";
  attempt = chunk.attempt;
  text = text.slice(0, chunk.offset) + chunk.text;
  process.stdout.write(chunk.text);
  if (chunk.message) console.log(`\n${chunk.status}`, chunk.message);
}
