import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import type { TestClient } from "../../_support/client.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { FilterChatrooms, GetReadState, MarkRead, MarkUnread } from "../../_support/room-documents.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";
import { roomOf, watchRooms } from "../../_support/watch-rooms.ts";

let colloquy: Colloquy;
/** One user on both APIs. */
let here: TestClient;
let there: TestClient;

beforeAll(async () => {
  colloquy = await shareColloquy({ apis: 2 });
});
afterAll(() => colloquy.close());

beforeEach(async () => {
  here = await colloquy.signIn();
  there = colloquy.elsewhere(here);
});

const stateOf = async (id: string) => (await here.request(GetReadState, { id })).chatroom;
const listed = async (unread: boolean) =>
  (await here.request(FilterChatrooms, { filter: { unread } })).chatrooms.edges.map(({ node }) => node.title);
const read = async (chatroomId: string, messageId?: string) =>
  (await here.request(MarkRead, { input: { chatroomId, messageId } })).markRead.chatroom;

async function talk(room: string, content: string): Promise<{ messageId: string; replyId: string }> {
  const sent = await here.send(room, content);
  await here.watchReply(sent.replyId).completed;
  return sent;
}

test("a room is unread once a reply has ended, and read on both devices when one has read it", async () => {
  const gate = createGate();
  colloquy.gemini.onPrompt("wait for it", [{ text: "So" }, { waitFor: gate }]);
  const watch = watchRooms(there);
  await watch.until(({ __typename }) => __typename === "AccountSnapshot");
  const room = await here.createRoom("tales");
  expect(await stateOf(room)).toMatchObject({ unread: false, firstUnread: null });
  const { replyId } = await here.send(room, "wait for it");
  expect(await stateOf(room)).toMatchObject({ unread: false, firstUnread: null });
  expect(await read(room, replyId)).toMatchObject({ unread: false });
  gate.open();
  await watch.until((news) => roomOf(news)?.unread === true);
  expect(await stateOf(room)).toMatchObject({ unread: true, firstUnread: { id: replyId } });
  expect([await listed(true), await listed(false)]).toEqual([["tales"], []]);

  expect(await read(room, replyId)).toMatchObject({ unread: false, firstUnread: null });
  const { position } = watch.events.at(-1) ?? { position: "" };
  await watch.until((news) => Number(news.position) >= Number(position) && roomOf(news)?.unread === false);
  expect([await listed(true), await listed(false)]).toEqual([[], ["tales"]]);
});

test("what was read stays read, but for a room that is marked as unread", async () => {
  const room = await here.createRoom();
  const first = await talk(room, "one");
  const second = await talk(room, "two");
  expect(await stateOf(room)).toMatchObject({ unread: true, firstUnread: { id: second.replyId } });
  expect(await read(room, second.replyId)).toMatchObject({ unread: false });
  const before = await colloquy.db.chatroom.findUniqueOrThrow({ where: { id: room } });
  expect(await read(room, first.messageId)).toMatchObject({ unread: false });
  expect(await colloquy.db.chatroom.findUniqueOrThrow({ where: { id: room } })).toEqual(before);

  const { markUnread } = await there.request(MarkUnread, { id: room });
  expect(markUnread.chatroom).toMatchObject({ unread: true, firstUnread: { id: second.replyId } });
  expect(await read(room, first.replyId)).toMatchObject({ unread: true });
  expect(await read(room)).toMatchObject({ unread: false });
});

test("a room without a reply can be marked as unread too", async () => {
  const room = await here.createRoom("empty");
  const { markUnread } = await here.request(MarkUnread, { id: room });
  expect(markUnread.chatroom).toMatchObject({ unread: true, firstUnread: null });
  expect(await listed(true)).toEqual(["empty"]);
  expect(await read(room)).toMatchObject({ unread: false });
});

test("of a room from before this was stored all is read, until the next reply", async () => {
  const room = await here.createRoom();
  await talk(room, "one");
  const { replyId } = await here.send(room, "two");
  await colloquy.db.chatroom.update({ where: { id: room }, data: { readSeq: null, replySeq: 0 } });
  await here.watchReply(replyId).completed;
  expect(await stateOf(room)).toMatchObject({ unread: true, firstUnread: { id: replyId } });
});

test("a message of another room is not found", async () => {
  const [room, other] = [await here.createRoom(), await here.createRoom()];
  const { messageId } = await here.send(other, "one");
  const { errors } = await here.ask(MarkRead, { input: { chatroomId: room, messageId } });
  expect(errors[0]?.extensions["code"]).toBe("NOT_FOUND");
});
