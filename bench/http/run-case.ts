import { quantile } from "../_support/numbers.ts";
import { readCpu, readFamilyCpu } from "../_support/proc.ts";
import type { SelfTimes } from "../_support/program.ts";
import type { Case } from "./cases.ts";
import { listKeyOf } from "./lists.ts";
import { CONNECTIONS, load } from "./load.ts";
import { graphql, LIST, requestsOf } from "./requests.ts";
import type { Stage } from "./stage.ts";

/** One case, measured once. */
export type Run = Readonly<{
  case: string;
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** For how long at most the server's event loop was late. */
  block: number;
  /** CPU time a request, in microseconds. */
  cpu: Readonly<Record<Part, number>>;
  selfTimes?: SelfTimes;
  answered: number;
}>;

export type Part = "server" | "redis" | "postgres" | "client";

const WARM_SECONDS = 1;
/** Of the time that was to be measured: less than that says nothing. */
const ENOUGH = 0.2;

/** @throws when a request is not answered as it should be */
export async function runCase(
  stage: Stage,
  what: Case,
  { seconds, profile }: { seconds: number; profile: boolean },
): Promise<Run> {
  const server = stage.servers[what.system];
  const requestsFor = (people: Stage["people"]) => requestsOf(what, people, stage.rooms);
  // Whoever asks for the first time has not asked while the server was warmed up.
  const [early, late] = what.ask === "new list" ? split(stage.people) : [stage.people, stage.people];
  await prepare(stage);
  await load(server.port, requestsFor(early), WARM_SECONDS);

  await server.readLongestBlock();
  const before = sample(stage, server.pid);
  const stopProfile = profile ? server.profile() : undefined;
  const { answered, seconds: measured, times } = await load(server.port, requestsFor(late), seconds);
  const after = sample(stage, server.pid);
  const block = await server.readLongestBlock();
  if (measured < seconds * ENOUGH) throw new Error(`${what.name}: ${answered} answers, the last after ${measured} s`);
  const selfTimes = await stopProfile?.();
  const price = (part: Part) => ((after[part] - before[part]) / answered) * 1e6;
  return {
    case: what.name,
    perSecond: answered / measured,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    block,
    cpu: { server: price("server"), redis: price("redis"), postgres: price("postgres"), client: price("client") },
    ...(selfTimes && { selfTimes }),
    answered,
  };
}

/** Empties Redis of what the case before has left, and gives the yardsticks Colloquy's own answers. */
async function prepare({ redis, servers, people }: Stage): Promise<void> {
  await redis.flushdb();
  const asking = people.slice(0, CONNECTIONS);
  await Promise.all(
    asking.map(async (person) => redis.set(listKeyOf(person.id), await askForList(servers.colloquy.port, person))),
  );
}

async function askForList(port: number, person: Stage["people"][number]): Promise<string> {
  const { path, method, headers, body } = graphql(LIST, {}, person) as Record<"path" | "method" | "body", string> & {
    headers: Record<string, string>;
  };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, body });
  const { data, errors } = (await response.json()) as { data?: { chatrooms: unknown }; errors?: unknown };
  if (!data) throw new Error(`chatrooms: ${JSON.stringify(errors)}`);
  return JSON.stringify(data.chatrooms);
}

/** A quarter to warm up with, without those whom `prepare` asks for. */
function split(people: Stage["people"]): [Stage["people"], Stage["people"]] {
  const at = Math.floor(people.length / 4);
  return [people.slice(CONNECTIONS, at), people.slice(at)];
}

const sample = ({ pids }: Stage, server: number): Record<Part, number> => ({
  server: readCpu(server),
  redis: readCpu(pids.redis),
  postgres: readFamilyCpu(pids.postgres),
  client: readCpu(process.pid),
});
