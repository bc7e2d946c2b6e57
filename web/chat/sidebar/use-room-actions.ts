import type { ApolloClient } from "@apollo/client";
import { useApolloClient } from "@apollo/client/react";
import { useMemo } from "react";
import { useLocation } from "wouter";
import { routes } from "../app/routes.ts";
import { describeError } from "../connection/describe-error.ts";
import {
  DeleteRoomDocument,
  MarkRoomReadDocument,
  MarkRoomUnreadDocument,
  RestoreRoomDocument,
  RoomRowFragmentDoc,
  UpdateRoomDocument,
  type RoomRowFragment,
} from "../../generated/graphql/graphql.ts";
import { useToast } from "../ui/toasts.tsx";
import { placeRoom, readRoom, removeRoom } from "./room-lists.ts";

export type RoomActions = Readonly<{
  rename(room: RoomRowFragment, title: string): void;
  setPinned(room: RoomRowFragment, pinned: boolean): void;
  setArchived(room: RoomRowFragment, archived: boolean): void;
  setUnread(room: RoomRowFragment, unread: boolean): void;
  /** Takes the room away, and offers to bring it back. */
  remove(room: RoomRowFragment): void;
}>;

/**
 * What can be done with a room. The page shows it at once, and takes it back when the server refuses. Always the same object, so
 * that a row is drawn again for its room alone.
 */
export function useRoomActions(): RoomActions {
  const client = useApolloClient();
  const [, navigate] = useLocation();
  const toast = useToast();
  return useMemo(() => createRoomActions(client, { navigate, toast }), [client, navigate, toast]);
}

type Page = Readonly<{ navigate: (to: string) => void; toast: ReturnType<typeof useToast> }>;

function createRoomActions({ cache, mutate }: ApolloClient, { navigate, toast }: Page): RoomActions {
  /** Shows the room as it will be, until the server has answered. */
  const attempt = async (before: RoomRowFragment, after: Partial<RoomRowFragment>, work: () => Promise<unknown>) => {
    show({ ...before, ...after });
    try {
      await work();
      placeRoom(cache, before.id);
    } catch (error) {
      show(before);
      toast({ text: describeError(error) });
    }
  };
  const show = (room: RoomRowFragment) => {
    cache.writeFragment({
      id: cache.identify({ __typename: "Chatroom", id: room.id }) ?? "",
      fragment: RoomRowFragmentDoc,
      fragmentName: "RoomRow",
      data: room,
    });
    placeRoom(cache, room.id);
  };
  const now = () => new Date().toISOString();
  const restore = async (room: RoomRowFragment) => {
    try {
      await mutate({ mutation: RestoreRoomDocument, variables: { id: room.id } });
      placeRoom(cache, room.id);
    } catch (error) {
      toast({ text: describeError(error) });
    }
  };

  const remove = async (room: RoomRowFragment) => {
    removeRoom(cache, room.id);
    if (location.pathname.endsWith(routes.room(room.id))) navigate(routes.newChat);
    try {
      await mutate({ mutation: DeleteRoomDocument, variables: { id: room.id } });
      toast({ text: `Deleted “${room.title}”`, action: { label: "Undo", run: () => void restore(room) } });
    } catch (error) {
      placeRoom(cache, room.id);
      toast({ text: describeError(error) });
    }
  };

  return {
    rename: (room, title) =>
      void attempt(room, { title, titleSource: "PERSON" }, () =>
        mutate({ mutation: UpdateRoomDocument, variables: { input: { id: room.id, title } } }),
      ),
    setPinned: (room, pinned) =>
      void attempt(room, { pinnedAt: pinned ? now() : null }, () =>
        mutate({ mutation: UpdateRoomDocument, variables: { input: { id: room.id, pinned } } }),
      ),
    setArchived: (room, archived) =>
      void attempt(room, { archivedAt: archived ? now() : null }, () =>
        mutate({ mutation: UpdateRoomDocument, variables: { input: { id: room.id, archived } } }),
      ).then(() => {
        if (archived && readRoom(cache, room.id)?.archivedAt)
          toast({
            text: `Archived “${room.title}”`,
            action: {
              label: "Undo",
              run: () =>
                void mutate({
                  mutation: UpdateRoomDocument,
                  variables: { input: { id: room.id, archived: false } },
                }).then(
                  () => placeRoom(cache, room.id),
                  (error: unknown) => toast({ text: describeError(error) }),
                ),
            },
          });
      }),
    setUnread: (room, unread) =>
      void attempt(room, { unread }, () =>
        unread
          ? mutate({ mutation: MarkRoomUnreadDocument, variables: { chatroomId: room.id } })
          : mutate({ mutation: MarkRoomReadDocument, variables: { input: { chatroomId: room.id } } }),
      ),
    remove: (room) => void remove(room),
  };
}
