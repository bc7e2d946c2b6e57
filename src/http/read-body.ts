import type { IncomingMessage } from "node:http";

/** Bytes of a body: how many are taken, and how many are read of a longer one, so that its sender sees the answer. */
type Limits = Readonly<{ maxBytes: number; maxReadBytes: number }>;

/** Reads a body as it comes. It holds no more than `maxBytes`, and leaves the connection open. */
export async function readBody(
  request: IncomingMessage,
  { maxBytes, maxReadBytes }: Limits,
): Promise<Buffer | "too long" | "cut off"> {
  const chunks: Buffer[] = [];
  let length = Number(request.headers["content-length"] ?? 0) > maxReadBytes ? maxReadBytes : 0;
  try {
    // Without `destroyOnReturn` the socket would be gone before the answer.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length <= maxBytes) chunks.push(chunk);
      if (length > maxReadBytes) break;
    }
  } catch {
    return "cut off";
  }
  return length > maxBytes ? "too long" : Buffer.concat(chunks);
}
