import type { MessageStatus, Operation } from "./operation.ts";
import { CHAT_MESSAGE, type ChatMessage, type MessagePart } from "./room/room-documents.ts";

export type WatchReplyData = {
  replyStream: {
    messageId: string;
    attempt: number;
    offset: number;
    text: string;
    status: MessageStatus;
    /** The finished reply, with the last chunk. */
    message: {
      id: string;
      status: MessageStatus;
      content: string;
      error: { code: string; message: string; retryable: boolean } | null;
    } | null;
  };
};
export type WatchReplyVariables = { messageId: string; attempt?: number | null; offset?: number | null };

/** Of a stretch of thinking the text is in the thoughts themselves. */
export type ActivityPart =
  | Exclude<MessagePart, { __typename: "TextPart" | "ThoughtPart" }>
  | { __typename: "ThoughtPart"; durationMs: number | null; truncated: boolean }
  | { __typename: "TextPart" };
export type ReplyActivity = {
  seq: number;
  at: number;
  noteLength: number;
  thoughtEnd: number | null;
  kind: string;
  part: ActivityPart | null;
  citations: { start: number; end: number; sources: { title: string | null; uri: string }[] }[];
};
export type WatchReplyInPartsData = {
  replyStream: Omit<WatchReplyData["replyStream"], "message"> & {
    waitingFor: ChatMessage["waitingFor"];
    message: ChatMessage | null;
    thought: { offset: number; text: string } | null;
    activity: number;
    activities: ReplyActivity[];
  };
};
export type WatchReplyInPartsVariables = WatchReplyVariables & {
  thoughtOffset?: number | null;
  activity?: number | null;
};

export type RoomMessage = { id: string; role: "ASSISTANT" | "USER"; content: string; status: MessageStatus };
export type WatchRoomData = { messageAdded: RoomMessage };
export type WatchRoomVariables = { chatroomId: string; after?: string | null };

export type OpenRoomData = {
  chatroom: {
    id: string;
    title: string;
    activeReply: { id: string } | null;
    messages: { edges: { cursor: string; node: RoomMessage }[] };
  } | null;
};
export type OpenRoomVariables = { chatroomId: string };

export type RenewTokensData = {
  refreshSession: { accessToken: string; accessTokenExpiresAt: string; refreshToken: string };
};
export type RenewTokensVariables = { refreshToken: string };

/** `attempt`, `offset` and `text` make the position; nothing less can be resumed. */
export const WatchReply: Operation<WatchReplyData, WatchReplyVariables> = /* GraphQL */ `
  subscription WatchReply($messageId: ID!, $attempt: Int, $offset: Int) {
    replyStream(messageId: $messageId, attempt: $attempt, offset: $offset) {
      messageId
      attempt
      offset
      text
      status
      message {
        id
        status
        content
        error {
          code
          message
          retryable
        }
      }
    }
  }
`;

/** The same with what the model thinks and does beside writing, which has positions of its own. */
export const WatchReplyInParts: Operation<WatchReplyInPartsData, WatchReplyInPartsVariables> =
  /* GraphQL */ `
    subscription WatchReplyInParts($messageId: ID!, $attempt: Int, $offset: Int, $thoughtOffset: Int, $activity: Int) {
      replyStream(
        messageId: $messageId
        attempt: $attempt
        offset: $offset
        thoughtOffset: $thoughtOffset
        activity: $activity
      ) {
        messageId
        attempt
        offset
        text
        thought {
          offset
          text
        }
        activity
        activities {
          seq
          at
          noteLength
          thoughtEnd
          kind
          part {
            __typename
            ... on ThoughtPart {
              durationMs
              truncated
            }
            ... on SearchPart {
              queries
              suggestionsHtml
              sources {
                title
                uri
              }
            }
            ... on CodePart {
              language
              code
            }
            ... on CodeResultPart {
              outcome
              output
            }
            ... on UnsupportedPart {
              kind
              mimeType
              bytes
            }
          }
          citations {
            start
            end
            sources {
              title
              uri
            }
          }
        }
        status
        waitingFor
        message {
          ...ChatMessage
        }
      }
    }
  ` + CHAT_MESSAGE;

/** `id` makes the position, as soon as the `status` says that the message stays as it is. */
export const WatchRoom: Operation<WatchRoomData, WatchRoomVariables> = /* GraphQL */ `
  subscription WatchRoom($chatroomId: ID!, $after: ID) {
    messageAdded(chatroomId: $chatroomId, after: $after) {
      id
      role
      content
      status
    }
  }
`;

/** The newest part of a room; `lastSeen` says where `WatchRoom` goes on. */
export const OpenRoom: Operation<OpenRoomData, OpenRoomVariables> = /* GraphQL */ `
  query OpenRoom($chatroomId: ID!) {
    chatroom(id: $chatroomId) {
      id
      title
      activeReply {
        id
      }
      messages(last: 50) {
        edges {
          cursor
          node {
            id
            role
            content
            status
          }
        }
      }
    }
  }
`;

/** Needs no access token. The refresh token is spent by it: the new one has to be kept. */
export const RenewTokens: Operation<RenewTokensData, RenewTokensVariables> = /* GraphQL */ `
  mutation RenewTokens($refreshToken: String!) {
    refreshSession(refreshToken: $refreshToken) {
      accessToken
      accessTokenExpiresAt
      refreshToken
    }
  }
`;
