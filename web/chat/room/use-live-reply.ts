import { useApolloClient } from "@apollo/client/react";
import { print } from "graphql";
import { useEffect, useState } from "react";
import { addPartsChunk, positionOfParts, type ReplyInParts } from "../../../packages/client/src/reply/reply-parts.ts";
import { useServices } from "../app/services.tsx";
import { createFramePacer } from "./frame-pacer.ts";
import {
  FollowReplyDocument,
  MessageViewFragmentDoc,
  ReadMessageDocument,
  type FollowReplySubscription,
  type MessageViewFragment,
} from "../../generated/graphql/graphql.ts";

type Chunk = FollowReplySubscription["replyStream"];
export type LiveReply = ReplyInParts<MessageViewFragment, Chunk["activities"][number]> &
  Readonly<{ waitingFor: Chunk["waitingFor"] }>;

const begin = ({ attempt, content, status }: MessageViewFragment): LiveReply => ({
  attempt,
  text: content,
  status,
  message: null,
  thought: "",
  activities: [],
  waitingFor: null,
});

/** A note in a paragraph of its own: see `Message.content`. What it stands for comes with the first chunk. */
const NOTE = /(^|\n\n)\[[^\]\n]+ left out\](?=\n\n|$)/g;

/** What is shown of a running reply until the first chunk has come. */
export function beginReply(message: MessageViewFragment): LiveReply {
  const reply = begin(message);
  return { ...reply, text: reply.text.replaceAll(NOTE, "") };
}

/**
 * Follows a reply while it is written, from the text that a query brought. Its end is written into Apollo's cache, so what
 * shows the message goes on by itself.
 *
 * @param onHeard takes the reply as it is to be shown, once a frame at most, and null when it is not followed any more; always
 *   the same function
 */
export function useLiveReply(message: MessageViewFragment, onHeard: (reply: LiveReply | null) => void): void {
  const { socket } = useServices();
  const apollo = useApolloClient();
  // Where the subscription begins: what the cache says of the message later changes nothing.
  const [first] = useState(() => begin(message));
  const { id } = message;

  useEffect(() => {
    let newest = first;
    const pacer = createFramePacer(() => onHeard(newest));
    const { cache } = apollo;
    const document = cache.transformDocument(FollowReplyDocument);
    const stop = socket.subscribe<FollowReplySubscription>(
      { query: print(document), variables: { messageId: id, ...positionOfParts(newest) } },
      {
        next({ data }) {
          if (!data) return;
          const chunk = data.replyStream;
          newest = { ...addPartsChunk(newest, chunk), waitingFor: chunk.waitingFor };
          if (chunk.message) writeMessage(chunk.message);
          else pacer.request();
        },
        // It cannot be followed, so what has become of it is read.
        error: () => void apollo.query(readAgain).catch(() => {}),
        complete: () => {},
      },
    );
    const readAgain = { query: ReadMessageDocument, variables: { id }, fetchPolicy: "network-only" } as const;
    const writeMessage = (data: MessageViewFragment) =>
      cache.writeFragment({
        id: cache.identify({ __typename: "Message", id }) ?? "",
        fragment: MessageViewFragmentDoc,
        fragmentName: "MessageView",
        data,
      });
    return () => {
      pacer.stop();
      stop();
      onHeard(null);
    };
  }, [id, first, socket, apollo, onHeard]);
}
