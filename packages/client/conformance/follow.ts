import { setTimeout as delay } from "node:timers/promises";
import type { ClientUnderTest, ShownReply, ShownRoom, Sink, StartClient } from "./client-under-test.ts";
import { startScriptedServer } from "./scripted-server.ts";
import type { Script } from "./script.ts";

/** How a client is held to the rules. */
export type Subject = Readonly<{
  start: StartClient;
  transport: "ws" | "sse";
  /** How long it may take to come to an end, in milliseconds. */
  limitMs: number;
}>;

/** What came of it. */
export type Outcome<State> = Readonly<{
  shown: readonly State[];
  /** Whether it ended by itself; and by what, unless all was well. */
  hasEnded: boolean;
  error: unknown;
  /** The arguments of each subscription, and how many states were shown before it. */
  subscriptions: readonly Readonly<{ args: Readonly<Record<string, unknown>>; statesBefore: number }>[];
  /** How often it asked for a token. */
  tokens: number;
}>;

/** After its end a client has so long to do what it must not. */
const AFTERWARDS_MS = 50;

export const followReply = (subject: Subject, script: Script): Promise<Outcome<ShownReply>> =>
  follow(subject, script, (client, sink) => client.watchReply("reply", sink));

export const followRoom = (subject: Subject, script: Script): Promise<Outcome<ShownRoom>> =>
  follow(subject, script, (client, sink) => client.watchRoom("room", sink));

async function follow<State>(
  { start, transport, limitMs }: Subject,
  script: Script,
  watch: (client: ClientUnderTest, sink: Sink<State>) => () => void,
): Promise<Outcome<State>> {
  const shown: State[] = [];
  const subscriptions: Outcome<State>["subscriptions"][number][] = [];
  let tokens = 0;
  const server = await startScriptedServer(script, {
    subscribed: (args) => void subscriptions.push({ args, statesBefore: shown.length }),
  });
  const client = start({
    transport,
    url: server.url(transport),
    async getToken() {
      tokens += 1;
      return server.token();
    },
  });
  let stop = () => {};
  const ended = new Promise<{ error: unknown }>((resolve) => {
    stop = watch(client, { show: (state) => void shown.push(state), end: (error) => resolve({ error }) });
  });
  const limit = new AbortController();
  const ending = await Promise.race([ended, delay(limitMs, null, { signal: limit.signal })]);
  limit.abort();
  if (ending) await delay(AFTERWARDS_MS);
  stop();
  await client.close();
  await server.close();
  return { shown, hasEnded: ending !== null, error: ending?.error, subscriptions, tokens };
}
