import type { AccessTokens } from "../session/access-tokens.ts";
import { resuming, type Payload, type ResumeOptions, type Result, type Sink, type Subscribe } from "./resuming.ts";
import { createWatchfulFetch } from "./watchful-fetch.ts";

export type EventStreamOptions = Omit<ResumeOptions, "onTokenRefused"> &
  Readonly<{
    /** `https://…/graphql` */
    url: string;
    tokens: AccessTokens;
    /** How long a stream may bring nothing before it is given up, in milliseconds; the server pings every 12 s. */
    silenceLimitMs?: number;
    fetch?: typeof fetch;
    /** Called when a stream has begun. */
    onOpen?: () => void;
  }>;

/**
 * Live subscriptions as event streams over HTTP, one each ("distinct connections mode" of GraphQL over SSE): for networks
 * that let no WebSocket through. A browser opens six connections to an origin over HTTP/1.1, for all its tabs together:
 * see PROTOCOL.md before an app has more than one stream a tab.
 */
export function createEventStreams(options: EventStreamOptions): {
  subscribe: Subscribe;
  /** Breaks every stream off; they come back. */
  terminate(): void;
} {
  const { url, tokens, silenceLimitMs = 20_000, fetch: send = fetch, onOpen, ...resumeOptions } = options;
  const watchful = createWatchfulFetch(silenceLimitMs, send);
  const open = new Set<(cause: unknown) => void>();
  let token = "";

  const subscribe: Subscribe = <Data>(payload: Payload, sink: Sink<Result<Data>>) => {
    const abort = new AbortController();
    const end = () => {
      open.delete(breakOff);
      abort.abort();
    };
    const breakOff = (cause: unknown) => {
      if (abort.signal.aborted) return;
      end();
      sink.error(cause);
    };
    open.add(breakOff);
    const run = async () => {
      token = await tokens.get();
      if (abort.signal.aborted) return;
      const response = await watchful(url, {
        method: "POST",
        headers: {
          accept: "text/event-stream",
          "content-type": "application/json",
          authorization: `Bearer ${token}`,
        },
        body: JSON.stringify({ ...payload, variables: payload.variables }),
        signal: abort.signal,
      });
      await readEvents<Data>(response, sink, onOpen);
    };
    run().then(() => {
      if (abort.signal.aborted) return;
      end();
      sink.complete();
    }, breakOff);
    return end;
  };

  return {
    subscribe: resuming(subscribe, { ...resumeOptions, onTokenRefused: () => tokens.refuse(token) }),
    terminate() {
      for (const breakOff of Array.from(open)) breakOff(new Error("The streams were broken off"));
    },
  };
}

/** Resolves with the event `complete`. @throws a list of GraphQL errors; an error with the `response`; what broke it off */
async function readEvents<Data>(response: Response, sink: Sink<Result<Data>>, onOpen = () => {}): Promise<void> {
  if (!response.headers.get("content-type")?.startsWith("text/event-stream") || !response.body) {
    const { errors } = (await response.json().catch(() => ({}))) as { errors?: unknown };
    // A list of GraphQL errors, as a WebSocket brings them.
    // eslint-disable-next-line typescript/only-throw-error
    if (Array.isArray(errors)) throw errors;
    throw Object.assign(new Error(`The server answered ${response.status}`), { response });
  }
  onOpen();
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let event = "";
  let data = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Error("The stream broke off");
    const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines.map((each) => each.replace(/\r$/, ""))) {
      if (line.startsWith("event:")) event = line.slice(6).trim();
      else if (line.startsWith("data:")) data += line.slice(5);
      else if (line === "") {
        if (event === "complete") return void reader.cancel();
        if (event === "next") sink.next(JSON.parse(data) as Result<Data>);
        event = data = "";
      }
    }
  }
}
