import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { AccountEvent } from "../account/account-documents.ts";
import type { ChatContext } from "../chat-context.ts";
import type { Payload, Result, Sink } from "../live/resuming.ts";
import type { Request } from "../request.ts";
import { createValue } from "../store.ts";
import { createRoomModel } from "./room-model.ts";
import type { ChatMessage, RoomPage } from "./room-documents.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Longer than a room waits before it is read. Not all timers: those of other files' clients may go on for ever. */
const LONG_MS = 5_000;

const messageAt = (position: number, total: number) =>
  ({
    id: `message ${position}`,
    status: "COMPLETE",
    position: String(position),
    parent: position === 1 ? null : { id: `message ${position - 1}` },
    siblings: { index: 0, total, previousId: null, nextId: null },
  }) as ChatMessage;

/** A room of two messages, of which the first has had so many versions. */
function pageAt(position: number, total: number): RoomPage {
  const page: Partial<RoomPage> = {
    id: "room",
    position: String(position),
    leaf: { id: "message 2" },
    queue: [],
    messages: {
      pageInfo: { hasPreviousPage: false, startCursor: null },
      edges: [messageAt(1, total), messageAt(2, 1)].map((node) => ({ node })),
    },
  };
  return page as RoomPage;
}

/** A room that is watched over a network which the test plays. */
async function watch() {
  let page = pageAt(3, 2);
  const request = vi.fn<() => Promise<{ chatroom: RoomPage }>>(async () => ({ chatroom: page }));
  let tell = (_event: AccountEvent) => {};
  let add = (_message: ChatMessage) => {};
  const context: ChatContext = {
    request: request as Request,
    live: {
      subscribe<Data>(_payload: Payload, sink: Sink<Result<Data>>) {
        add = (messageAdded) => sink.next({ data: { messageAdded } as Data });
        return () => {};
      },
    },
    connection: createValue("live"),
    account: {
      listen(listener) {
        tell = listener;
        return () => {};
      },
    },
    closed: new AbortController().signal,
  };
  const model = createRoomModel(context, "room");
  model.start();
  await vi.advanceTimersByTimeAsync(LONG_MS);
  expect(model.state.getSnapshot().messages[0]?.siblings.total).toBe(2);
  return {
    request,
    add: (message: ChatMessage) => add(message),
    tell: (event: AccountEvent) => tell(event),
    takeFacts: model.takeFacts,
    facts: () => model.state.getSnapshot().room,
    stored: (next: RoomPage) => void (page = next),
    total: () => model.state.getSnapshot().messages[0]?.siblings.total,
  };
}

test("a message that is deleted on another branch is no sibling any more, although no message tells of it", async () => {
  const room = await watch();
  room.stored(pageAt(4, 1));
  const { messages: _, ...chatroom } = pageAt(4, 1);
  room.tell({ __typename: "RoomChanged", chatroom });
  await vi.advanceTimersByTimeAsync(LONG_MS);
  expect(room.total()).toBe(1);
});

test("the same, when a message follows the deletion before it is told", async () => {
  const room = await watch();
  room.stored(pageAt(5, 1));
  room.add({ ...messageAt(5, 1), parent: { id: "message 2" } });
  await vi.advanceTimersByTimeAsync(LONG_MS);
  expect(room.total()).toBe(1);
});

test("a room that goes on message by message is read once", async () => {
  const room = await watch();
  room.add({ ...messageAt(4, 1), parent: { id: "message 2" } });
  const { messages: _, ...chatroom } = pageAt(4, 2);
  room.tell({ __typename: "RoomChanged", chatroom: { ...chatroom, leaf: { id: "message 4" } } });
  await vi.advanceTimersByTimeAsync(LONG_MS);
  expect(room.request).toHaveBeenCalledTimes(1);
});

test("what an event has told is not undone by an answer that is older", async () => {
  const room = await watch();
  const { messages: _, ...older } = pageAt(4, 2);
  const newer = { ...older, position: "5" };
  room.tell({ __typename: "RoomChanged", chatroom: newer });
  room.takeFacts(older);
  expect(room.facts()).toEqual(newer);
});
