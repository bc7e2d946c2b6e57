import { performance } from "node:perf_hooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAppContext, type AppContext } from "../../src/app-context.ts";
import { readConfig } from "../../src/config.ts";
import { changesSql } from "../../src/features/activity/account-feed.ts";
import { markRead } from "../../src/features/messages/mark-read.ts";
import { markUnread } from "../../src/features/messages/mark-unread.ts";
import { createChatroom } from "../../src/features/rooms/create-chatroom.ts";
import { restoreChatroom } from "../../src/features/rooms/restore-chatroom.ts";
import { updateChatroom } from "../../src/features/rooms/update-chatroom.ts";
import { deleteChatroom } from "../../src/features/turns/delete-chatroom.ts";
import { sendMessage } from "../../src/features/turns/send-message.ts";
import { FollowSidebar, ReadSidebar } from "../_support/sidebar-documents.ts";
import type { ResultOf } from "../_support/client-types.ts";
import type { TestClient } from "../_support/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { explain } from "../_support/explain.ts";
import { createWatch, type Watch } from "../_support/watch.ts";

/** A user with 10,000 rooms and two devices, each on an API of its own, while two more processes change 3,000 times. */
const ROOMS = 10_000;
const CHANGES = 3_000;
/** Rooms that the changes are about. */
const TOUCHED = 500;
/** Changes under way at once. */
const AT_ONCE = 12;

let colloquy: Colloquy;
let devices: [TestClient, TestClient];
let changers: [AppContext, AppContext];
let userId: string;

beforeAll(async () => {
  colloquy = await startColloquy({ apis: 2, workers: 0, env: { USER_CONCURRENT_REPLIES: "1" } });
  const settings = { ...colloquy.env, LOG_LEVEL: "silent" };
  const open = () => createAppContext(readConfig(settings), "test");
  changers = [open(), open()];
  const first = await colloquy.signIn();
  const second = colloquy.elsewhere(first);
  devices = [first, second];
  userId = first.userId();
  await colloquy.db.$executeRaw`
    INSERT INTO "Chatroom" ("id", "userId", "title", "lastMessageAt", "createdAt", "updatedAt")
    SELECT gen_random_uuid(), ${userId}::uuid, 'Room ' || "at", now() - "at" * interval '1 minute', now(), now()
    FROM generate_series(1, ${ROOMS}::int) "at"`;
  await colloquy.db.$executeRaw`ANALYZE "Chatroom"`;
});
afterAll(async () => {
  for (const ctx of changers) await ctx.close();
  await colloquy.close();
});

type News = ResultOf<typeof FollowSidebar>["accountChanged"];
type Room = ResultOf<typeof ReadSidebar>["chatrooms"]["edges"][number]["node"];

const follow = (client: TestClient, after?: string): Watch<News> =>
  createWatch<News>((sink) =>
    client.connect().subscribe<ResultOf<typeof FollowSidebar>>(
      { query: FollowSidebar.toString(), variables: { after } },
      {
        next: ({ data, errors }) => (data ? sink.next(data.accountChanged) : sink.error(errors)),
        error: sink.error,
        complete: sink.complete,
      },
    ),
  );

/** All rooms of the user, page by page, as a client reads them that has nothing yet. */
async function readAll(client: TestClient): Promise<Map<string, Room>> {
  const rooms = new Map<string, Room>();
  for (const archived of [false, true]) {
    let after: string | null = null;
    do {
      const { chatrooms }: ResultOf<typeof ReadSidebar> = await client.request(ReadSidebar, { after, archived });
      for (const { node } of chatrooms.edges) rooms.set(node.id, node);
      after = chatrooms.pageInfo.hasNextPage ? (chatrooms.pageInfo.endCursor ?? null) : null;
    } while (after !== null);
  }
  return rooms;
}

/** A store as a client has it: a map by id, which events alone change. */
function apply(store: Map<string, Room>, events: readonly News[]): void {
  for (const event of events) {
    if (event.__typename === "RoomChanged") store.set(event.chatroom.id, event.chatroom);
    if (event.__typename === "RoomDeleted") store.delete(event.id);
  }
}

/** Resolves when a device has come to a position, however long that takes as long as it goes on. */
async function whenAt(watch: Watch<News>, head: string): Promise<void> {
  for (let seen = -1; watch.events.at(-1)?.position !== head; seen = watch.events.length) {
    await watch.until(({ position }) => position === head || watch.events.length > seen);
  }
}

const ms = (from: number, to: number) => `${Math.round(to - from)} ms`;

const headOf = async () => (await colloquy.db.accountLog.findUniqueOrThrow({ where: { userId } })).seq;

/** One change of a room, chosen by a number. A refusal, such as that a reply is running, is a change that is none. */
async function change(id: string, at: number): Promise<void> {
  const ctx = changers[at % 2] ?? changers[0];
  const kinds = [
    () => updateChatroom(ctx, userId, { id, title: `Renamed ${at}` }),
    () => updateChatroom(ctx, userId, { id, pinned: at % 3 > 0 }),
    () => updateChatroom(ctx, userId, { id, archived: at % 4 === 0 }),
    () => sendMessage(ctx, userId, { chatroomId: id, content: `Message ${at}` }),
    () => markUnread(ctx, userId, id),
    () => markRead(ctx, userId, { chatroomId: id }),
    () => deleteChatroom(ctx, userId, id),
    () => restoreChatroom(ctx, userId, id),
    () => restoreChatroom(ctx, userId, id),
  ];
  await kinds[(Math.imul(at, 0x9e37_79b1) >>> 16) % kinds.length]?.().catch((error: unknown) => {
    if (!/NOT_FOUND|REPLY_IN_PROGRESS|QUOTA_EXCEEDED/.test(String((error as { code?: string }).code))) throw error;
  });
}

async function makeChanges(ids: readonly string[]): Promise<void> {
  let next = 0;
  const one = async () => {
    for (let at = next++; at < CHANGES; at = next++) await change(ids[Math.imul(at, 7_919) % ids.length] ?? "", at);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  for (let opened = 0; opened < 20; opened += 1) await createChatroom(changers[0], userId, { title: `New ${opened}` });
}

const LIMIT_MS = 240_000;

test(
  "after 3,000 changes both devices know what a fresh query says: the one that saw them and the one that was away",
  async () => {
    const started = performance.now();
    const [here, there] = devices;
    const live = follow(here);
    const first = await live.until(() => true);
    expect(first.__typename).toBe("AccountSnapshot");
    // The one query, after the position is known.
    const stores = { live: await readAll(here), away: new Map<string, Room>() };
    stores.away = new Map(stores.live);
    expect(stores.live.size).toBe(ROOMS);

    const ids = [...stores.live.keys()].filter((_, at) => at % Math.floor(ROOMS / TOUCHED) === 0);
    const read = performance.now();
    await makeChanges(ids);
    const changed = performance.now();

    const head = String(await headOf());
    const away = follow(there, first.position);
    await whenAt(away, head);
    const caughtUp = performance.now();
    await whenAt(live, head);
    apply(stores.live, live.events);
    apply(stores.away, away.events);

    const fresh = await readAll(there);
    expect(stores.away).toEqual(fresh);
    expect(stores.live).toEqual(fresh);
    expect(away.events.filter(({ __typename }) => __typename === "AccountSnapshot")).toEqual([]);
    // Each room once, whatever became of it meanwhile.
    const about = away.events.map((event) => ("chatroom" in event ? event.chatroom.id : "id" in event ? event.id : ""));
    const rooms = about.filter((id) => id !== "");
    expect(new Set(rooms).size).toBe(rooms.length);
    expect(rooms.length).toBeGreaterThan(TOUCHED / 2);
    const count = (type: string) => away.events.filter(({ __typename }) => __typename === type).length;
    expect(count("RoomDeleted")).toBeGreaterThan(10);
    expect(fresh.size).toBe(ROOMS + 20 - count("RoomDeleted"));
    process.stdout.write(
      `rooms read in ${ms(started, read)}, ${CHANGES} changes in ${ms(read, changed)}, ${away.events.length} events of what was missed in ${ms(changed, caughtUp)}, ${live.events.length} live\n`,
    );
  },
  LIMIT_MS,
);

test("a page of changes reads no more rooms than it has", async () => {
  for (const position of [0, await headOf()]) {
    const { text, rowsRead } = await explain(colloquy.db, changesSql(userId, position));
    expect(text).toContain("Chatroom_userId_changeSeq_idx");
    expect(rowsRead).toBeLessThanOrEqual(320);
  }
});
