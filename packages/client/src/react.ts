import { useMemo, useSyncExternalStore } from "react";
import type { AccountState, AccountWatch } from "./account/watch-account.ts";
import type { ChatClient } from "./create-chat-client.ts";
import type { ReplyState } from "./reply/reply-watch.ts";
import type { RoomState } from "./room/room-state.ts";
import type { RoomActions } from "./room/watch-room.ts";
import type { Store } from "./store.ts";

/** What a store holds, for as long as the component is shown. */
export function useStore<State>({ subscribe, getSnapshot }: Store<State>): State {
  return useSyncExternalStore(subscribe, getSnapshot, getSnapshot);
}

/** A room and what can be done in it. The actions stay the same from one render to the next. */
export function useRoom(client: ChatClient, chatroomId: string): RoomState & RoomActions {
  const room = useMemo(() => client.watchRoom(chatroomId), [client, chatroomId]);
  const state = useStore<RoomState>(room);
  return useMemo(() => ({ ...room, ...state }), [room, state]);
}

/** A reply as it is written. */
export function useReply(client: ChatClient, messageId: string): ReplyState {
  return useStore(useMemo(() => client.watchReply(messageId), [client, messageId]));
}

/** The account and the list of its rooms. */
export function useAccount(client: ChatClient): AccountState & Pick<AccountWatch, "loadMoreRooms"> {
  const account = client.watchAccount();
  const state = useStore<AccountState>(account);
  return useMemo(() => ({ ...state, loadMoreRooms: account.loadMoreRooms }), [account, state]);
}
