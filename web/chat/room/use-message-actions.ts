import type { ApolloClient, OperationVariables, TypedDocumentNode } from "@apollo/client";
import { useApolloClient } from "@apollo/client/react";
import { useMemo } from "react";
import { useLocation } from "wouter";
import { routes } from "../app/routes.ts";
import { describeError } from "../connection/describe-error.ts";
import {
  CancelQueuedDocument,
  DeleteFromDocument,
  EditDocument,
  ForkDocument,
  RateDocument,
  RegenerateDocument,
  ResumeQueueDocument,
  RetryDocument,
  SelectBranchDocument,
  StopDocument,
  type RatingValue,
} from "../../generated/graphql/graphql.ts";
import { placeRoom } from "../sidebar/room-lists.ts";
import { useToast } from "../ui/toasts.tsx";

/** What can be done with the messages of a room. Each says by itself when it fails. */
export type MessageActions = Readonly<{
  edit(messageId: string, content: string): Promise<boolean>;
  regenerate(messageId: string): void;
  select(messageId: string): void;
  remove(messageId: string): void;
  /** Goes on from a message in a room of its own. */
  fork(messageId: string): void;
  stop(messageId: string): void;
  retry(messageId: string): void;
  /** Null takes the rating back. */
  rate(messageId: string, value: RatingValue | null): void;
  cancelQueued(messageId: string): void;
  resumeQueue(): void;
}>;

export function useMessageActions(roomId: string): MessageActions {
  const client = useApolloClient();
  const toast = useToast();
  const [, navigate] = useLocation();
  return useMemo(() => {
    const run = createRunner(client, (text) => toast({ text }));
    const clientId = () => crypto.randomUUID();
    const fork = async (messageId: string) => {
      try {
        const input = { messageId, clientId: clientId() };
        const { data } = await client.mutate({ mutation: ForkDocument, variables: { input } });
        if (!data) return;
        placeRoom(client.cache, data.forkChatroom.chatroom.id);
        navigate(routes.room(data.forkChatroom.chatroom.id));
      } catch (error) {
        toast({ text: describeError(error) });
      }
    };
    return {
      edit: (messageId, content) => run(EditDocument, { input: { messageId, content, clientId: clientId() } }),
      regenerate: (messageId) => void run(RegenerateDocument, { input: { messageId, clientId: clientId() } }),
      select: (messageId) => void run(SelectBranchDocument, { input: { messageId } }),
      fork: (messageId) => void fork(messageId),
      remove: (id) => void run(DeleteFromDocument, { id }),
      stop: (messageId) => void run(StopDocument, { messageId }),
      retry: (messageId) => void run(RetryDocument, { messageId }),
      rate: (messageId, value) => void run(RateDocument, { input: { messageId, value } }),
      cancelQueued: (id) => void run(CancelQueuedDocument, { id }),
      resumeQueue: () => void run(ResumeQueueDocument, { chatroomId: roomId }),
    };
  }, [client, roomId, navigate, toast]);
}

function createRunner({ mutate }: ApolloClient, say: (text: string) => void) {
  return async <Data, Variables extends OperationVariables>(
    mutation: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<boolean> => {
    try {
      await mutate({ mutation, variables } as Parameters<typeof mutate>[0]);
      return true;
    } catch (error) {
      say(describeError(error));
      return false;
    }
  };
}
