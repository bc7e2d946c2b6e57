import { useMutation } from "@apollo/client/react";
import { useState } from "react";
import { describeError } from "../connection/describe-error.ts";
import { SendDocument, type MessageViewFragment } from "../../generated/graphql/graphql.ts";
import { useToast } from "../ui/toasts.tsx";

export type Sending = Readonly<{ clientId: string; content: string }>;

export type Send = Readonly<{
  /** How many were sent here. */
  sent: number;
  /** Those of them that the room does not show yet. */
  unsent: readonly Sending[];
  /** @returns whether the server took it */
  send(content: string): Promise<boolean>;
}>;

/** Tries of one message: the server stores it once, however often it comes. */
const MAX_TRIES = 3;

/** Sends messages, and shows them before the server has answered. */
export function useSend(chatroomId: string, messages: readonly MessageViewFragment[]): Send {
  const [sending, setSending] = useState<readonly Sending[]>([]);
  const [sent, setSent] = useState(0);
  const [mutate] = useMutation(SendDocument);
  const toast = useToast();

  const send = async (content: string): Promise<boolean> => {
    const clientId = crypto.randomUUID();
    setSending((before) => [...before, { clientId, content }]);
    setSent((before) => before + 1);
    const input = { chatroomId, content, clientId, whileReplying: "QUEUE" } as const;
    try {
      for (let tries = 1; ; tries += 1) {
        try {
          await mutate({ variables: { input } });
          return true;
        } catch (error) {
          // Without an answer nobody knows whether it was stored: once more, under the same name.
          if (tries === MAX_TRIES || !(error instanceof TypeError)) throw error;
        }
      }
    } catch (error) {
      toast({ text: describeError(error) });
      return false;
    } finally {
      setSending((before) => before.filter((each) => each.clientId !== clientId));
    }
  };
  const known = new Set(messages.map(({ clientId }) => clientId));
  return { sent, unsent: sending.filter(({ clientId }) => !known.has(clientId)), send };
}
