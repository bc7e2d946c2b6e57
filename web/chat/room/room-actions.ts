import type { ApolloClient, OperationVariables, TypedDocumentNode } from "@apollo/client";
import { useApolloClient } from "@apollo/client/react";
import { useMemo } from "react";
import { describeError } from "../connection/describe-error.ts";
import {
  CancelQueuedDocument,
  DeleteFromDocument,
  EditDocument,
  RateDocument,
  RegenerateDocument,
  ResumeQueueDocument,
  RetryDocument,
  SelectBranchDocument,
  StopDocument,
  type RatingValue,
} from "../../generated/graphql/graphql.ts";
import { useToast } from "../ui/toasts.tsx";

/** What can be done with the messages of a room. Each says by itself when it fails. */
export type RoomActions = Readonly<{
  edit(messageId: string, content: string): Promise<boolean>;
  regenerate(messageId: string): void;
  select(messageId: string): void;
  remove(messageId: string): void;
  stop(messageId: string): void;
  retry(messageId: string): void;
  /** Null takes the rating back. */
  rate(messageId: string, value: RatingValue | null): void;
  cancelQueued(messageId: string): void;
  resumeQueue(): void;
}>;

export function useRoomActions(roomId: string): RoomActions {
  const client = useApolloClient();
  const toast = useToast();
  return useMemo(() => {
    const run = createRunner(client, (text) => toast({ text }));
    const clientId = () => crypto.randomUUID();
    return {
      edit: (messageId, content) => run(EditDocument, { input: { messageId, content, clientId: clientId() } }),
      regenerate: (messageId) => void run(RegenerateDocument, { input: { messageId, clientId: clientId() } }),
      select: (messageId) => void run(SelectBranchDocument, { input: { messageId } }),
      remove: (id) => void run(DeleteFromDocument, { id }),
      stop: (messageId) => void run(StopDocument, { messageId }),
      retry: (messageId) => void run(RetryDocument, { messageId }),
      rate: (messageId, value) => void run(RateDocument, { input: { messageId, value } }),
      cancelQueued: (id) => void run(CancelQueuedDocument, { id }),
      resumeQueue: () => void run(ResumeQueueDocument, { chatroomId: roomId }),
    };
  }, [client, roomId, toast]);
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
