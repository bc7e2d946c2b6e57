import type { Operation } from "../operation.ts";
import {
  CHAT_MESSAGE,
  ROOM_FACTS,
  ROOM_PAGE,
  type ChatMessage,
  type RoomFacts,
  type RoomPage,
  type ThinkingLevel,
} from "./room-documents.ts";

export type SettingsInput = {
  thinking?: ThinkingLevel | null;
  showThoughts?: boolean | null;
  search?: boolean | null;
  codeExecution?: boolean | null;
  maxReplyTokens?: number | null;
};
/** What one message may have other than its room. */
export type ReplyOptions = { modelId?: string | null; settings?: SettingsInput | null };

export type SendInput = ReplyOptions & {
  chatroomId: string;
  content: string;
  clientId?: string | null;
  parentId?: string | null;
  whileReplying?: "INTERRUPT" | "QUEUE" | "REJECT" | null;
};
/** What the sender does not know of its message, which is `COMPLETE`, or `QUEUED`. */
export type SentMessage = Pick<ChatMessage, "id" | "status" | "position" | "createdAt" | "parent" | "siblings">;
export type Turn = { message: SentMessage; reply: ChatMessage | null; chatroom: RoomFacts };
export const Send: Operation<{ sendMessage: Turn }, { input: SendInput }> =
  /* GraphQL */ `
    mutation ChatSend($input: SendMessageInput!) {
      sendMessage(input: $input) {
        message {
          id
          status
          position
          createdAt
          parent {
            id
          }
          siblings {
            index
            total
            previousId
            nextId
          }
        }
        reply {
          ...ChatMessage
        }
        chatroom {
          ...RoomFacts
        }
      }
    }
  ` +
  ROOM_FACTS +
  CHAT_MESSAGE;

export type EditInput = ReplyOptions & {
  messageId: string;
  content: string;
  clientId?: string | null;
  expectedLeafId?: string | null;
};
export const Edit: Operation<{ editMessage: { chatroom: RoomPage } }, { input: EditInput }> =
  /* GraphQL */ `
    mutation ChatEdit($input: EditMessageInput!) {
      editMessage(input: $input) {
        chatroom {
          ...RoomPage
        }
      }
    }
  ` + ROOM_PAGE;

export type RegenerateInput = ReplyOptions & {
  messageId: string;
  clientId?: string | null;
  expectedLeafId?: string | null;
};
export const Regenerate: Operation<{ regenerateReply: { chatroom: RoomPage } }, { input: RegenerateInput }> =
  /* GraphQL */ `
    mutation ChatRegenerate($input: RegenerateReplyInput!) {
      regenerateReply(input: $input) {
        chatroom {
          ...RoomPage
        }
      }
    }
  ` + ROOM_PAGE;

export type SelectInput = { messageId: string; expectedLeafId?: string | null };
export const Select: Operation<{ selectBranch: { chatroom: RoomPage } }, { input: SelectInput }> =
  /* GraphQL */ `
    mutation ChatSelect($input: SelectBranchInput!) {
      selectBranch(input: $input) {
        chatroom {
          ...RoomPage
        }
      }
    }
  ` + ROOM_PAGE;

export const Remove: Operation<{ deleteMessage: { chatroom: RoomPage } }, { id: string }> =
  /* GraphQL */ `
    mutation ChatRemove($id: ID!) {
      deleteMessage(id: $id) {
        chatroom {
          ...RoomPage
        }
      }
    }
  ` + ROOM_PAGE;

export const Retry: Operation<{ retryReply: ChatMessage }, { messageId: string }> =
  /* GraphQL */ `
    mutation ChatRetry($messageId: ID!) {
      retryReply(messageId: $messageId) {
        ...ChatMessage
      }
    }
  ` + CHAT_MESSAGE;

export const Stop: Operation<{ stopReply: ChatMessage }, { messageId: string }> =
  /* GraphQL */ `
    mutation ChatStop($messageId: ID!) {
      stopReply(messageId: $messageId) {
        ...ChatMessage
      }
    }
  ` + CHAT_MESSAGE;

export const MarkRead: Operation<
  { markRead: { chatroom: RoomFacts } },
  { chatroomId: string; messageId: string | null }
> =
  /* GraphQL */ `
    mutation ChatMarkRead($chatroomId: ID!, $messageId: ID) {
      markRead(input: { chatroomId: $chatroomId, messageId: $messageId }) {
        chatroom {
          ...RoomFacts
        }
      }
    }
  ` + ROOM_FACTS;

export type UpdateQueuedInput = ReplyOptions & { id: string; content?: string | null };
export const UpdateQueued: Operation<{ updateQueued: { chatroom: RoomFacts } }, { input: UpdateQueuedInput }> =
  /* GraphQL */ `
    mutation ChatUpdateQueued($input: UpdateQueuedInput!) {
      updateQueued(input: $input) {
        chatroom {
          ...RoomFacts
        }
      }
    }
  ` + ROOM_FACTS;

export const CancelQueued: Operation<{ cancelQueued: { chatroom: RoomFacts } }, { id: string }> =
  /* GraphQL */ `
    mutation ChatCancelQueued($id: ID!) {
      cancelQueued(id: $id) {
        chatroom {
          ...RoomFacts
        }
      }
    }
  ` + ROOM_FACTS;

export const ResumeQueue: Operation<{ resumeQueue: { chatroom: RoomPage } }, { chatroomId: string }> =
  /* GraphQL */ `
    mutation ChatResumeQueue($chatroomId: ID!) {
      resumeQueue(chatroomId: $chatroomId) {
        chatroom {
          ...RoomPage
        }
      }
    }
  ` + ROOM_PAGE;
