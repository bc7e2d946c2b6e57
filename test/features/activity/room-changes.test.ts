import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import type { TestClient } from "../../_support/client.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { RateReply } from "../../_support/rating-documents.ts";
import { DeleteChatroom, RestoreChatroom, UpdateChatroom } from "../../_support/room-documents.ts";
import { roomOf, watchRooms } from "../../_support/watch-rooms.ts";

let colloquy: Colloquy;
/** One user on both APIs. */
let here: TestClient;
let there: TestClient;

beforeAll(async () => {
  colloquy = await startColloquy({ apis: 2 });
});
afterAll(() => colloquy.close());

beforeEach(async () => {
  here = await colloquy.signIn();
  there = colloquy.client(colloquy.apis[1]);
  there.useToken(here.token());
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
