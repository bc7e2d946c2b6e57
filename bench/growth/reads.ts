import { messageCursor } from "../../src/features/messages/read-branches.ts";
import { MAX_DEPTH } from "../../src/features/turns/assert-depth.ts";
import { roomCursor } from "../../src/features/rooms/list-chatrooms.ts";
import type { Message } from "../../src/generated/prisma/client.ts";
import type { Harness } from "../_support/harness.ts";
import { groupBy, median, quantile, show } from "../_support/numbers.ts";
import { startCpuClock } from "../_support/proc.ts";
import type { Program } from "../_support/program.ts";
import { createOwner, type Owner } from "./seed.ts";

const PAGE = 20;
const REQUESTS = 200;

/** One thing that is asked for, of a room or a user of one size. Times are milliseconds, CPU microseconds a request. */
export type ReadRow = Readonly<{
  what: string;
  size: number;
  /** Of each repetition. */
  p50: readonly number[];
  /** Medians; of sends, of which there are few, they are not known. */
  cpu: Readonly<{ server: number; postgres: number }>;
}>;

const LIST = `query List($after: String) {
  chatrooms(first: ${PAGE}, after: $after) {
    edges { cursor node { id title lastMessageAt lastMessagePreview unread activeReply { id } } }
    pageInfo { hasNextPage }
  }
}`;
const SEARCH = `query Search { chatrooms(first: ${PAGE}, filter: { titleContains: "oom 7" }) { edges { node { id title } } } }`;
const ROOM = `query Room($id: ID!, $before: String) {
  chatroom(id: $id) {
    id title
    messages(last: ${PAGE}, before: $before) {
      edges { cursor node { id role content status createdAt siblings { index total } } }
      pageInfo { hasPreviousPage }
    }
  }
}`;
const SEND = `mutation Send($input: SendMessageInput!) { sendMessage(input: $input) { message { id } reply { id status } } }`;

/**
 * Asks one API, one request after the other, for pages of rooms that have more and more messages, and of users that have
 * more and more rooms. Repetitions go through all sizes. Sends go to a room once each, as no worker runs.
 */
export async function measureReads(
  harness: Harness,
  sizes: Readonly<{ messages: readonly number[]; rooms: readonly number[]; each: number }>,
  times: number,
): Promise<ReadRow[]> {
  const { db, settings, notify } = harness;
  notify("Making rooms and messages …");
  const owners: { size: number; owner: Owner }[] = [];
  for (const size of sizes.messages) {
    const owner = await createOwner(db, settings, { phone: `+1201555${size}`, rooms: sizes.each, messages: size });
    owners.push({ size, owner });
  }
  const collectors: { size: number; owner: Owner }[] = [];
  for (const size of sizes.rooms) {
    collectors.push({
      size,
      owner: await createOwner(db, settings, { phone: `+1202555${size}`, rooms: size, messages: 10 }),
    });
  }
  await db.$executeRaw`ANALYZE`;
  const api = await harness.run("API", "src/main.js", { ...settings, ROOMS_PER_USER: "100000" });
  const runs: { what: string; size: number; p50: number; cpu: ReadRow["cpu"] }[] = [];
  const ask = async (what: string, size: number, requests: number, request: (index: number) => Asked) => {
    harness.abort.throwIfAborted();
    const run = await askInTurn(harness, api, requests, request);
    notify(`${what}, ${size}: p50 ${show(run.p50)} ms`);
    runs.push({ what, size, ...run });
  };
  // Compiles what runs often.
  for (const { owner } of owners) await askInTurn(harness, api, REQUESTS, (index) => page(owner, index, undefined));
  for (const { owner } of collectors) await askInTurn(harness, api, REQUESTS, () => list(owner, undefined));
  for (let round = 0; round < times; round += 1) {
    for (const { size, owner } of owners) {
      const middle = messageCursor({ depth: Math.floor(size / 2) } as Message);
      await ask("newest page of a room", size, REQUESTS, (index) => page(owner, index, undefined));
      await ask("page in the middle of a room", size, REQUESTS, (index) => page(owner, index, middle));
    }
    for (const { size, owner } of collectors) {
      const room = await db.chatroom.findUniqueOrThrow({ where: { id: owner.rooms[Math.floor(size / 2)] ?? "" } });
      await ask("first page of rooms", size, REQUESTS, () => list(owner, undefined));
      await ask("page in the middle of the rooms", size, REQUESTS, () => list(owner, roomCursor(room)));
      await ask("rooms by a part of their titles", size, REQUESTS, () => ({ token: owner.token, query: SEARCH }));
    }
    // No worker runs: each room takes one message.
    const share = Math.floor(sizes.each / times);
    for (const { size, owner } of owners.filter((each) => each.size < MAX_DEPTH)) {
      await ask("send to a room", size, share, (index) => send(owner, round * share + index));
    }
  }
  await api.stop();
  return summarise(runs);
}

type Asked = Readonly<{ token: string; query: string; variables?: object }>;

const list = ({ token }: Owner, after: string | undefined): Asked => ({ token, query: LIST, variables: { after } });
const page = ({ token, rooms }: Owner, index: number, before: string | undefined): Asked => ({
  token,
  query: ROOM,
  variables: { id: rooms[index % rooms.length], before },
});
const send = ({ token, rooms }: Owner, index: number): Asked => ({
  token,
  query: SEND,
  variables: { input: { chatroomId: rooms[index], content: "How does this grow?" } },
});

/** Nothing is answered from the cache: it is emptied before each request. */
async function askInTurn(harness: Harness, api: Program, count: number, request: (index: number) => Asked) {
  const { redis, pids } = harness;
  const took: number[] = [];
  const readCpu = startCpuClock({ server: api.pid, postgres: { familyOf: pids.postgres } });
  for (let index = 0; index < count; index += 1) {
    const { token, ...body } = request(index);
    await redis.flushdb();
    const start = performance.now();
    const response = await fetch(`http://127.0.0.1:${api.port}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    took.push(performance.now() - start);
    if (!response.ok || text.includes('"errors"')) throw new Error(text.slice(0, 500));
  }
  const cpu = readCpu();
  const few = count < REQUESTS;
  const price = (seconds: number) => (few ? Number.NaN : (seconds / count) * 1e6);
  return {
    p50: quantile(
      took.toSorted((a, b) => a - b),
      0.5,
    ),
    cpu: { server: price(cpu.server), postgres: price(cpu.postgres) },
  };
}

function summarise(runs: readonly { what: string; size: number; p50: number; cpu: ReadRow["cpu"] }[]): ReadRow[] {
  const rows = groupBy(runs, ({ what, size }) => `${what} ${size}`);
  return rows.map(([, same]) => ({
    what: same[0]?.what ?? "",
    size: same[0]?.size ?? 0,
    p50: same.map(({ p50 }) => p50),
    cpu: {
      server: median(same.map(({ cpu }) => cpu.server)),
      postgres: median(same.map(({ cpu }) => cpu.postgres)),
    },
  }));
}
