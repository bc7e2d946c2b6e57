import { once } from "node:events";
import { connect } from "node:net";
import { attackTest } from "./_support/attack.ts";

const SECONDS = 5;
const PAYLOAD = "x".repeat(60_000);

/** A client's frame: final, text, masked by zeros, with a length of 16 bits (RFC 6455, 5.2). */
function frameOf(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 0xff, 0, 0, 0, 0]);
  return Buffer.concat([head, payload]);
}

attackTest({
  name: "A3: a socket, not signed in, that pings with 60 KB and reads nothing",
  bounds: { growth: 50, peak: 100 },
  async run({ api }) {
    const wire = connect(api.port, "127.0.0.1");
    let closed = false;
    wire.on("close", () => (closed = true)).on("error", () => {});
    await once(wire, "connect");
    wire.write(
      `GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:${api.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n" +
        "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n",
    );
    await once(wire, "data");
    wire.pause();
    wire.write(frameOf(JSON.stringify({ type: "connection_init" }).padEnd(200)));
    const ping = frameOf(JSON.stringify({ type: "ping", payload: { text: PAYLOAD } }));
    let sent = 0;
    for (const giveUpAt = Date.now() + SECONDS * 1_000; !closed && Date.now() < giveUpAt; sent += ping.length) {
      if (!wire.write(ping)) await pause();
    }
    wire.destroy();
    return `${(sent / 2 ** 20).toFixed(1)} MiB were sent; ${closed ? "it was closed" : "it was still open"}`;
  },
});

const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
