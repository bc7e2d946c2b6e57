import { request, type ClientRequest, type IncomingMessage } from "node:http";

/** An answer over HTTP as it comes, byte by byte. */
export type OpenStream = Readonly<{
  request: ClientRequest;
  /** Rejects when the connection breaks before. */
  response: Promise<IncomingMessage>;
  /** Resolves with what has come when it holds this, or with all when the answer has ended. */
  until(part: string): Promise<string>;
}>;

export type StreamOptions = Readonly<{
  token?: string;
  accept?: string;
  /** The address it comes from, such as 127.0.0.9: on Linux all of 127.0.0.0/8 is this machine. */
  from?: string;
  headers?: Record<string, string>;
}>;

const LIMIT_MS = 30_000;

/** Posts an operation on a connection of its own, and reads what comes. */
export function openStream(url: string, operation: object, options: StreamOptions = {}): OpenStream {
  const { token, accept = "text/event-stream", from, headers } = options;
  const posted = request(url, {
    method: "POST",
    agent: false,
    ...(from !== undefined && { localAddress: from }),
    headers: {
      "content-type": "application/json",
      accept,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
  });
  let text = "";
  let over = false;
  const listeners = new Set<() => void>();
  const changed = () => [...listeners].forEach((listener) => listener());
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    posted.on("error", reject);
    posted.on("response", (answer) => {
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => {
        text += chunk;
        changed();
      });
      answer.on("error", () => {});
      answer.on("close", () => {
        over = true;
        changed();
      });
      resolve(answer);
    });
  });
  response.catch(() => {});
  posted.end(JSON.stringify(operation));
  return {
    request: posted,
    response,
    until: (part) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`nothing but ${text}`)), LIMIT_MS);
        const look = () => {
          if (!over && !text.includes(part)) return;
          clearTimeout(timer);
          listeners.delete(look);
          resolve(text);
        };
        listeners.add(look);
        response.catch(reject);
        look();
      }),
  };
}
