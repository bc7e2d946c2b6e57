import { isDeepStrictEqual } from "node:util";
import { ReadRoom, ReadOlder, type ChatMessage } from "../../../packages/client/src/room/room-documents.ts";
import { ReadAccount } from "../../../packages/client/src/account/account-documents.ts";
import type { Store } from "../../../packages/client/src/store.ts";
import type { TestClient } from "../../_support/client.ts";
import { GetQueue, ResumeQueue } from "../../_support/queue-documents.ts";
import type { Device } from "./device.ts";

/** How long a device may take to show what is there, once nothing happens any more. */
const SHOWN_LIMIT_MS = 20_000;

/** Lets all that waits in a room go on, until nothing does, and nothing is running. */
export async function comeToRest(client: TestClient, id: string): Promise<void> {
  for (;;) {
    const { chatroom } = await client.request(GetQueue, { id });
    if (chatroom?.activeReply) {
      await client.watchReply(chatroom.activeReply.id).completed;
    } else if (chatroom && chatroom.queue.length > 0) {
      await client.request(ResumeQueue, { id });
    } else return;
  }
}

/** Where a device shows something else than the API answers it, in words. */
export async function findStale(device: Device): Promise<string[]> {
  const findings: string[] = [];
  for (const id of device.rooms) {
    const room = device.room(id);
    const fresh = await readRoom(device, id);
    const shown = () => {
      const { room: facts, messages, live, queue, status, error } = room.getSnapshot();
      return { status, error, live, queue, facts, messages };
    };
    while (room.getSnapshot().hasOlder) await room.loadOlder();
    if (!(await isShown(room, () => isDeepStrictEqual(shown(), fresh)))) {
      findings.push(`room ${id} at ${device.client.url}: ${JSON.stringify(differences(shown(), fresh))}`);
    }
  }
  const account = device.chat.watchAccount();
  const { me, chatrooms } = await device.chat.request(ReadAccount, { after: null });
  const rooms = chatrooms.edges.map(({ node }) => node).toSorted(byId);
  const shown = () => {
    const { user, rooms: listed } = account.getSnapshot();
    return { user, rooms: listed.map((each) => pickAs(each, rooms[0])).toSorted(byId) };
  };
  if (!(await isShown(account, () => isDeepStrictEqual(shown(), { user: me, rooms })))) {
    findings.push(`account at ${device.client.url}: ${JSON.stringify(differences(shown(), { user: me, rooms }))}`);
  }
  return findings;
}

/** A room as its state is after all was read anew. */
async function readRoom({ chat }: Device, id: string) {
  const { chatroom } = await chat.request(ReadRoom, { id });
  if (!chatroom) throw new Error("the room is gone");
  const { messages: page, ...facts } = chatroom;
  const messages: ChatMessage[] = page.edges.map(({ node }) => node);
  for (let { hasPreviousPage, startCursor } = page.pageInfo; hasPreviousPage;) {
    const { chatroom: older } = await chat.request(ReadOlder, { id, before: startCursor });
    messages.unshift(...(older?.messages.edges.map(({ node }) => node) ?? []));
    ({ hasPreviousPage, startCursor } = older?.messages.pageInfo ?? { hasPreviousPage: false, startCursor: null });
  }
  return { status: "ready", error: null, live: null, queue: facts.queue, facts, messages };
}

function isShown<State>(store: Store<State>, isFresh: () => boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const finish = (shown: boolean) => {
      clearTimeout(timer);
      leave();
      resolve(shown);
    };
    const timer = setTimeout(() => finish(false), SHOWN_LIMIT_MS);
    const leave = store.subscribe(() => isFresh() && finish(true));
    if (isFresh()) finish(true);
  });
}

type Json = Record<string, unknown>;

/** The leaves in which two values differ. */
function differences(shown: unknown, fresh: unknown, at = ""): string[] {
  if (isDeepStrictEqual(shown, fresh)) return [];
  if (!isObject(shown) || !isObject(fresh)) return [`${at}: ${JSON.stringify(shown)}, not ${JSON.stringify(fresh)}`];
  return [...new Set([...Object.keys(shown), ...Object.keys(fresh)])].flatMap((key) =>
    differences(shown[key], fresh[key], `${at}.${key}`),
  );
}
const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null;

/** The fields of one thing that another one has. */
const pickAs = <Thing extends object>(thing: Thing, like: object | undefined) =>
  Object.fromEntries(Object.entries(thing).filter(([key]) => like && key in like)) as Thing;
const byId = (one: { id: string }, other: { id: string }) => (one.id < other.id ? -1 : 1);
