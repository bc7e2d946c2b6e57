import { Agent, request } from "node:http";

export type Answer = Readonly<{ status: number; bytes: number; text: string }>;

/** Answers longer than this are counted, and not read. */
const READ_LENGTH = 2_000;

/** Posts one body and reads the answer to its end. Status 0: the connection was cut. */
export function send(url: string, body: string, options: { agent?: Agent; token?: string } = {}): Promise<Answer> {
  const { agent, token } = options;
  const headers: Record<string, string | number> = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  return new Promise((resolve) => {
    const sent = request(url, { method: "POST", headers, ...(agent && { agent }) }, (response) => {
      let [bytes, text] = [0, ""];
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (text.length < READ_LENGTH) text += chunk.toString("latin1");
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, bytes, text }));
      response.on("error", () => resolve({ status: 0, bytes, text }));
    });
    sent.on("error", () => resolve({ status: 0, bytes: 0, text: "" }));
    sent.end(body);
  });
}

/** @returns the largest answer, in bytes, and how many there were of each status */
export async function flood(
  url: string,
  order: Readonly<{
    count: number;
    concurrency: number;
    body: (n: number) => string;
    token?: string;
    /** No more is sent after this time, in milliseconds. */
    limitMs: number;
  }>,
): Promise<{ sent: number; largest: number; statuses: Record<number, number> }> {
  const agent = new Agent({ keepAlive: true, maxSockets: order.concurrency });
  const statuses: Record<number, number> = {};
  const giveUpAt = Date.now() + order.limitMs;
  let [next, largest] = [0, 0];
  const sendOn = async () => {
    while (next < order.count && Date.now() < giveUpAt) {
      const body = order.body(next++);
      const { status, bytes } = await send(url, body, {
        agent,
        ...(order.token !== undefined && { token: order.token }),
      });
      largest = Math.max(largest, bytes);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: order.concurrency }, sendOn));
  agent.destroy();
  return { sent: next, largest, statuses };
}
