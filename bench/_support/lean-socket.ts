import { connect, type Socket } from "node:net";

/** The client's end of a WebSocket: no compression, no fragments, text of ASCII only. */
export type LeanSocket = Readonly<{
  send(text: string): void;
  close(): void;
  closed: Promise<void>;
}>;

/** Reads happen one after the other, each handled at once: all sockets share one buffer. */
const INBOX = Buffer.allocUnsafe(256 * 1024);
const KEY = Buffer.from("a bench's socket").toString("base64");
const CONNECT_LIMIT_MS = 30_000;
const CLOSE_LIMIT_MS = 3_000;
const TEXT = 0x1;
const CLOSE = 0x8;
const PING = 0x9;

/**
 * Connects a client that costs a third of what `ws` does, so that thousands of them on the machine that is measured
 * leave it room for the server (RFC 6455).
 *
 * @param onText called with each message
 * @throws when the server does not switch protocols
 */
export async function connectLeanSocket(
  address: { port: number; path: string; protocol?: string | undefined },
  onText: (text: string) => void,
): Promise<LeanSocket> {
  let rest: Buffer = Buffer.alloc(0);
  let open = false;
  let opened = () => {};
  let refused = (_error: Error) => {};
  const ready = new Promise<void>((resolve, reject) => {
    opened = resolve;
    refused = reject;
  });

  function read(size: number): boolean {
    const bytes = rest.length === 0 ? INBOX.subarray(0, size) : Buffer.concat([rest, INBOX.subarray(0, size)]);
    const used = open ? readFrames(bytes, 0) : readHandshake(bytes);
    // What is left over must survive the next read of any socket.
    rest = used === bytes.length ? EMPTY : Buffer.from(bytes.subarray(used));
    return true;
  }

  function readHandshake(bytes: Buffer): number {
    const end = bytes.indexOf("\r\n\r\n");
    if (end === -1) return 0;
    const [status = ""] = bytes.toString("latin1", 0, end).split("\r\n");
    if (!status.includes(" 101 ")) refused(new Error(`no WebSocket: ${status}`));
    open = true;
    opened();
    return readFrames(bytes, end + 4);
  }

  function readFrames(bytes: Buffer, start: number): number {
    let at = start;
    while (bytes.length - at >= 2) {
      const short = (bytes[at + 1] ?? 0) & 127;
      const header = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (bytes.length - at < header) break;
      const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6);
      const next = at + header + length;
      if (bytes.length < next) break;
      const kind = (bytes[at] ?? 0) & 15;
      if (kind === TEXT) onText(bytes.toString("latin1", at + header, next));
      else if (kind === PING) socket.write(frame(0xa, bytes.toString("latin1", at + header, next)));
      else if (kind === CLOSE) socket.end();
      at = next;
    }
    return at;
  }

  const socket: Socket = connect({
    host: "127.0.0.1",
    port: address.port,
    noDelay: true,
    onread: { buffer: INBOX, callback: read },
  });
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", (error) => refused(error));
  void closed.then(() => refused(new Error("the server closed the connection")));
  const timer = setTimeout(() => socket.destroy(new Error("no WebSocket in time")), CONNECT_LIMIT_MS);
  const protocol = address.protocol === undefined ? "" : `Sec-WebSocket-Protocol: ${address.protocol}\r\n`;
  socket.write(
    `GET ${address.path} HTTP/1.1\r\nHost: 127.0.0.1:${address.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n${protocol}\r\n`,
  );
  await ready.finally(() => clearTimeout(timer));
  return {
    send: (text) => void socket.write(frame(TEXT, text)),
    close() {
      socket.end(frame(CLOSE, ""));
      setTimeout(() => socket.destroy(), CLOSE_LIMIT_MS).unref();
    },
    closed,
  };
}

const EMPTY = Buffer.alloc(0);

/** A client must mask what it sends; a mask of zeros leaves the text as it is. */
function frame(kind: number, text: string): Buffer {
  const size = Buffer.byteLength(text, "latin1");
  if (size > 0xffff) throw new RangeError("longer than anything a bench has to say");
  const head =
    size < 126 ? Buffer.from([0x80 | kind, 0x80 | size]) : Buffer.from([0x80 | kind, 0xfe, size >> 8, size & 255]);
  return Buffer.concat([head, Buffer.alloc(4), Buffer.from(text, "latin1")]);
}
