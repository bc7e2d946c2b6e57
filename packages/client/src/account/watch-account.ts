import type { ChatContext } from "../chat-context.ts";
import { persist } from "../request.ts";
import type { RoomSummary } from "../room/room-documents.ts";
import { createStore, createValue, type Store } from "../store.ts";
import { ReadAccount, type AccountEvent, type AccountUser, type RoomsPage } from "./account-documents.ts";

export type AccountState = Readonly<{
  status: "loading" | "ready";
  user: AccountUser | null;
  /** The rooms that are not in the archive, newest activity first, as far as they are loaded. */
  rooms: readonly RoomSummary[];
  hasMoreRooms: boolean;
  /** What ended the watching for good, such as `SignedOut`; null otherwise. */
  error: unknown;
}>;

export type AccountWatch = Store<AccountState> & Readonly<{ loadMoreRooms(): Promise<void> }>;

const LOADING: AccountState = { status: "loading", user: null, rooms: [], hasMoreRooms: false, error: null };

/** The account, and the list of its rooms. */
export function createAccountWatch({ request, account, closed }: ChatContext): AccountWatch {
  const value = createValue<AccountState>(LOADING);
  let signal = new AbortController().signal;
  let cursor: string | null = null;
  /** Rooms that changed or went while a page was read: what is known of them is newer than the page. */
  let changed = new Map<string, RoomSummary | null>();
  let reading = 0;

  const change = (part: Partial<AccountState>) => value.set({ ...value.getSnapshot(), ...part });

  async function read(after: string | null): Promise<void> {
    if (reading === 0) changed = new Map();
    reading += 1;
    const own = signal;
    try {
      const { me, chatrooms } = await persist(() => request(ReadAccount, { after }), { signal: own });
      if (!own.aborted) take(me, chatrooms, after);
    } catch (error) {
      if (!own.aborted) change({ error });
    } finally {
      reading -= 1;
    }
  }

  function take(user: AccountUser | null, { edges, pageInfo }: RoomsPage, after: string | null): void {
    const known = after === null ? [] : value.getSnapshot().rooms;
    const rooms = new Map([...known, ...edges.map(({ node }) => node)].map((room) => [room.id, room]));
    for (const [id, room] of changed) {
      if (room) rooms.set(id, room);
      else rooms.delete(id);
    }
    cursor = pageInfo.endCursor;
    change({
      status: "ready",
      error: null,
      user,
      rooms: sorted([...rooms.values()]),
      hasMoreRooms: pageInfo.hasNextPage,
    });
  }

  function onEvent(event: AccountEvent): void {
    switch (event.__typename) {
      case "AccountSnapshot":
        return void read(null);
      case "PlanChanged":
      case "ProfileChanged":
      case "UsageChanged":
        return change({ user: event.user });
      case "RoomChanged":
      case "RoomDeleted": {
        const room = event.__typename === "RoomChanged" && !event.chatroom.archivedAt ? event.chatroom : null;
        const id = event.__typename === "RoomChanged" ? event.chatroom.id : event.id;
        changed.set(id, room);
        const others = value.getSnapshot().rooms.filter((each) => each.id !== id);
        return change({ rooms: room ? sorted([...others, room]) : others });
      }
      case "SessionOpened":
      case "SessionRevoked":
        return;
      default:
        // Of a later release.
        return event satisfies never;
    }
  }

  const store = createStore(value, () => {
    const ending = new AbortController();
    signal = AbortSignal.any([ending.signal, closed]);
    void read(null);
    const leave = account.listen(onEvent);
    return () => {
      ending.abort();
      leave();
    };
  });
  return {
    ...store,
    async loadMoreRooms() {
      if (value.getSnapshot().hasMoreRooms && reading === 0) await read(cursor);
    },
  };
}

const sorted = (rooms: RoomSummary[]): RoomSummary[] =>
  rooms.toSorted((one, other) => Date.parse(other.lastMessageAt) - Date.parse(one.lastMessageAt));
