import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createAppContext, type AppContext } from "../../../src/app-context.ts";
import { readConfig } from "../../../src/config.ts";
import { dropTombstones, TOMBSTONES_KEPT_MS } from "../../../src/features/activity/drop-tombstones.ts";
import { purgeChatrooms } from "../../../src/features/replies/purge-chatrooms.ts";
import { updateChatroom } from "../../../src/features/rooms/update-chatroom.ts";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import type { TestClient } from "../../_support/client.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { RateReply } from "../../_support/rating-documents.ts";
import { DeleteChatroom, RestoreChatroom, UpdateChatroom } from "../../_support/room-documents.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";
import { roomOf, watchRooms } from "../../_support/watch-rooms.ts";

let colloquy: Colloquy;
/** One user on both APIs. */
let here: TestClient;
let there: TestClient;
/** One more process, whose messages are all lost. */
let mute: AppContext;

beforeAll(async () => {
  colloquy = await shareColloquy({ apis: 2 });
  const config = readConfig({ ...colloquy.env, LOG_LEVEL: "silent" });
  const { pubsub } = (mute = createAppContext(config, "test"));
  mute = { ...mute, pubsub: { ...pubsub, publish: async () => {} } };
});
afterAll(async () => {
  await mute.close();
  await colloquy.close();
});

beforeEach(async () => {
  here = await colloquy.signIn();
  there = colloquy.elsewhere(here);
});

test("each change of a room is seen on the other device: opened, changed, sent, begun, ended, rated, deleted, restored", async () => {
  const gate = createGate();
  colloquy.gemini.onPrompt("tell me", [{ text: "Once" }, { waitFor: gate }, { text: " more" }]);
  const watch = watchRooms(there);
  await watch.until(({ __typename }) => __typename === "AccountSnapshot");
  const room = await here.createRoom("tales");
  await watch.until((news) => roomOf(news)?.title === "tales");
  await here.request(UpdateChatroom, { input: { id: room, title: "Tales", pinned: true } });
  await watch.until((news) => roomOf(news)?.title === "Tales" && roomOf(news)?.pinnedAt !== null);

  const { replyId, messageId } = await here.send(room, "tell me");
  const begun = await watch.until((news) => roomOf(news)?.activeReply?.id === replyId);
  expect(roomOf(begun)?.activeReply?.parent?.id).toBe(messageId);
  await watch.until((news) => roomOf(news)?.activeReply?.status === "STREAMING");
  gate.open();
  await watch.until((news) => roomOf(news)?.lastMessagePreview === "Once more" && !roomOf(news)?.activeReply);

  const { position } = watch.events.at(-1) ?? { position: "" };
  await here.request(RateReply, { input: { messageId: replyId, value: "UP" } });
  await watch.until((news) => Number(news.position) > Number(position) && roomOf(news)?.id === room);
  await here.request(DeleteChatroom, { id: room });
  await watch.until((news) => news.__typename === "RoomDeleted" && news.id === room);
  await here.request(RestoreChatroom, { id: room });
  await watch.until((news) => Number(news.position) > Number(position) && roomOf(news)?.title === "Tales");

  const positions = watch.events.map((news) => Number(news.position));
  expect(positions).toEqual([...new Set(positions)].toSorted((a, b) => a - b));
});

test("of many changes that were missed each room comes once, as it is now", async () => {
  const first = watchRooms(there);
  const { position } = await first.until(() => true);
  first.stop();
  const [kept, gone] = [await here.createRoom("kept"), await here.createRoom("gone")];
  for (const title of ["A", "B", "C"]) await here.request(UpdateChatroom, { input: { id: kept, title } });
  await here.request(DeleteChatroom, { id: gone });
  const watch = watchRooms(there, position);
  await watch.until(({ __typename }) => __typename === "RoomDeleted");
  expect(watch.events).toMatchObject([
    { __typename: "RoomChanged", chatroom: { id: kept, title: "C" } },
    { __typename: "RoomDeleted", id: gone },
  ]);
});

test("a change whose message is lost is found by the feed's check", async () => {
  const room = await here.createRoom("heard");
  const watch = watchRooms(there);
  await watch.until(() => true);
  await updateChatroom(mute, here.userId(), { id: room, title: "Unheard" });
  const news = await watch.until((each) => roomOf(each)?.title === "Unheard");
  expect(roomOf(news)?.id).toBe(room);
});

test("a purged room is still known to be gone, and a device from before it was forgotten begins with a snapshot", async () => {
  const ago = (ms: number) => new Date(Date.now() - ms);
  const { signal } = new AbortController();
  const first = watchRooms(there);
  const { position } = await first.until(() => true);
  first.stop();
  const room = await here.createRoom("gone");
  await here.request(DeleteChatroom, { id: room });
  await colloquy.db.chatroom.update({ where: { id: room }, data: { deletedAt: ago(8 * 86_400_000) } });
  await purgeChatrooms(mute, signal);
  expect(await colloquy.db.chatroom.count({ where: { id: room } })).toBe(0);
  await dropTombstones(mute, signal);
  const back = watchRooms(there, position);
  const gone = await back.until(() => true);
  expect(gone).toMatchObject({ __typename: "RoomDeleted", id: room });

  await colloquy.db.roomTombstone.update({
    where: { roomId: room },
    data: { deletedAt: ago(TOMBSTONES_KEPT_MS + 60_000) },
  });
  await dropTombstones(mute, signal);
  const late = watchRooms(there, position);
  expect(await late.until(() => true)).toMatchObject({ __typename: "AccountSnapshot" });
  const current = watchRooms(there, gone.position);
  await here.createRoom("new");
  expect(roomOf(await current.until(() => true))?.title).toBe("new");
});
