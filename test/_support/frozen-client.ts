import WebSocket from "ws";

/**
 * A process that subscribes to one reply many times over one socket, until it is frozen: `frozen-client.ts
 * <url> <token> <replyId> <subscriptions>`. Says `live` when all have had their first event, and `closed <code>`.
 */
const [url = "", token = "", replyId = "", count = "1"] = process.argv.slice(2);
const socket = new WebSocket(url, "graphql-transport-ws");
const query = "subscription($id: ID!) { replyStream(messageId: $id) { attempt offset text status } }";
const live = new Set<string>();

socket.on("open", () =>
  socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${token}` } })),
);
socket.on("message", (data: Buffer) => {
  const message = JSON.parse(data.toString()) as { type: string; id?: string };
  if (message.type === "connection_ack") {
    for (let id = 0; id < Number(count); id += 1) {
      socket.send(
        JSON.stringify({ type: "subscribe", id: String(id), payload: { query, variables: { id: replyId } } }),
      );
    }
  }
  if (message.id === undefined || live.has(message.id)) return;
  live.add(message.id);
  if (live.size === Number(count)) console.log("live");
});
socket.on("close", (code) => {
  console.log(`closed ${code}`);
  process.exit(0);
});
