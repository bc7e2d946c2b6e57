import { useMutation } from "@apollo/client/react";
import { useEffect, useState } from "react";
import { NotFoundView } from "../app/not-found-view.tsx";
import { describeError, refusalOf } from "../connection/describe-error.ts";
import { MarkRoomReadDocument, SetRoomDocument, type MessageViewFragment } from "../../generated/graphql/graphql.ts";
import { Button } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { useToast } from "../ui/toasts.tsx";
import { Composer } from "./composer.tsx";
import { ContextGauge } from "./context-gauge.tsx";
import { MessageList } from "./message-list.tsx";
import { ModelMenu, type ModelChoice } from "./model-menu.tsx";
import { QueueList } from "./queue-list.tsx";
import { ReplyMessage } from "./reply-message.tsx";
import { useMessageActions } from "./use-message-actions.ts";
import { RoomSkeleton } from "./room-skeleton.tsx";
import { isRunning, runningReply } from "./running-reply.ts";
import { SentMessages } from "./sent-messages.tsx";
import { UserMessage } from "./user-message.tsx";
import { useRoom } from "./use-room.ts";
import { useSend } from "./use-send.ts";

/**
 * One room: its messages and the composer. It is made anew for each room, so its state is that of one room.
 *
 * @param props.roomId from the page's address, so it may be anything
 */
export function RoomView({ roomId }: { roomId: string }) {
  const { room, messages, error, refresh, ...older } = useRoom(roomId);
  const actions = useMessageActions(roomId);
  const { sent, unsent, send } = useSend(roomId, messages);
  const toast = useToast();
  const [setRoom] = useMutation(SetRoomDocument);
  useRead(roomId, messages.at(-1));

  if (room === null || ["NOT_FOUND", "BAD_USER_INPUT"].includes(refusalOf(error)?.code ?? "")) return <NotFoundView />;
  if (error !== undefined)
    return (
      <EmptyState title="This chat could not be read" text={describeError(error)}>
        <Button onClick={refresh}>Try again</Button>
      </EmptyState>
    );
  if (room === undefined) return <RoomSkeleton />;

  const running = runningReply(room);
  const change = ({ modelId, ...settings }: Partial<ModelChoice>) => {
    const input = {
      id: roomId,
      ...(modelId !== undefined && { modelId }),
      ...(Object.keys(settings).length > 0 && { settings }),
    };
    void setRoom({ variables: { input } }).catch((fault: unknown) => toast({ text: describeError(fault) }));
  };
  return (
    <>
      <h1 className="visually-hidden">{room.title}</h1>
      <MessageList sent={sent} hasOlder={older.hasOlder} loadingOlder={older.loadingOlder} onOlder={older.loadOlder}>
        {messages.map((message) =>
          message.role === "USER" ? (
            <UserMessage key={message.id} message={message} actions={actions} busy={running !== null} />
          ) : (
            <ReplyMessage key={message.id} message={message} actions={actions} busy={running !== null} />
          ),
        )}
        <SentMessages messages={unsent} />
        <Ended message={messages.at(-1)} />
      </MessageList>
      <QueueList room={room} actions={actions} />
      <Composer
        draftOf={roomId}
        takesFocus={document.activeElement === document.body}
        writing={running !== null}
        onSend={send}
        onStop={() => running && actions.stop(running.id)}
      >
        <ModelMenu choice={{ modelId: room.modelId, ...room.settings }} onChange={change} />
        <ContextGauge roomId={roomId} head={running ? "" : (room.leaf?.id ?? "")} />
      </Composer>
    </>
  );
}

/** What is on the screen is read, while somebody looks at the page. */
function useRead(roomId: string, last: MessageViewFragment | undefined): void {
  const [markRead] = useMutation(MarkRoomReadDocument);
  const id = last && !isRunning(last) ? last.id : undefined;
  useEffect(() => {
    if (id === undefined) return;
    const read = () => {
      if (document.visibilityState !== "visible") return;
      document.removeEventListener("visibilitychange", read);
      void markRead({ variables: { input: { chatroomId: roomId, messageId: id } } }).catch(() => {});
    };
    document.addEventListener("visibilitychange", read);
    read();
    return () => document.removeEventListener("visibilitychange", read);
  }, [roomId, id, markRead]);
}

/** Says to a screen reader that a reply is there; its text grows silently. */
function Ended({ message }: { message: MessageViewFragment | undefined }) {
  const [first] = useState(message?.id);
  const ended = message?.role === "ASSISTANT" && message.status === "COMPLETE" && message.id !== first;
  return (
    <p className="visually-hidden" role="status">
      {ended ? "The reply is complete." : ""}
    </p>
  );
}
