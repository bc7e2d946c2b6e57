import type { MessageStatus, Operation } from "../operation.ts";

export type Source = { title: string | null; uri: string };
export type MessagePart =
  | { __typename: "TextPart"; text: string }
  | { __typename: "ThoughtPart"; text: string; durationMs: number | null; truncated: boolean }
  | { __typename: "SearchPart"; queries: string[]; suggestionsHtml: string | null; sources: Source[] }
  | { __typename: "CodePart"; language: string; code: string }
  | { __typename: "CodeResultPart"; outcome: string; output: string }
  | { __typename: "UnsupportedPart"; kind: string; mimeType: string | null; bytes: number | null };

export type ChatMessage = {
  id: string;
  role: "ASSISTANT" | "USER";
  status: MessageStatus;
  content: string;
  attempt: number;
  position: string;
  clientId: string | null;
  createdAt: string;
  waitingFor: "NEXT_TRY" | "OTHER_REPLIES" | "WORKER" | null;
  nextTryAt: string | null;
  model: string | null;
  finishReason: string | null;
  parent: { id: string } | null;
  siblings: { index: number; total: number; previousId: string | null; nextId: string | null };
  error: { code: string; message: string; retryable: boolean; retryAt: string | null } | null;
  fallbackFrom: { id: string; label: string } | null;
  rating: { value: "DOWN" | "UP"; tag: string | null; text: string | null } | null;
  tokens: {
    prompt: number | null;
    cached: number | null;
    thoughts: number | null;
    tools: number | null;
    reply: number | null;
  } | null;
  parts: MessagePart[];
  citations: { start: number; end: number; sources: Source[] }[];
};

export type QueuedMessage = { id: string; content: string; clientId: string | null; createdAt: string };
export type ThinkingLevel = "HIGH" | "LOW" | "MEDIUM" | "MINIMAL";
export type QueuePause = "BLOCKED" | "FAILED" | "LIMIT" | "MODEL" | "QUOTA" | "STOPPED";

export type RoomSummary = {
  id: string;
  title: string;
  createdAt: string;
  lastMessageAt: string;
  lastMessagePreview: string | null;
  pinnedAt: string | null;
  archivedAt: string | null;
  unread: boolean;
  activeReply: { id: string } | null;
};

/** All of a room but its messages. */
export type RoomFacts = RoomSummary & {
  /** How far the room's log goes, as a number. */
  position: string;
  titleSource: "FALLBACK" | "GENERATED" | "PERSON";
  systemPrompt: string | null;
  modelId: string | null;
  model: { id: string; label: string };
  settings: {
    thinking: ThinkingLevel | null;
    showThoughts: boolean;
    search: boolean;
    codeExecution: boolean;
    maxReplyTokens: number | null;
  };
  leaf: { id: string } | null;
  firstUnread: { id: string } | null;
  queue: QueuedMessage[];
  queuePausedBecause: QueuePause | null;
};

export type MessagesPage = {
  pageInfo: { hasPreviousPage: boolean; startCursor: string | null };
  edges: { node: ChatMessage }[];
};
export type RoomPage = RoomFacts & { messages: MessagesPage };

export const CHAT_MESSAGE = /* GraphQL */ `
  fragment ChatMessage on Message {
    id
    role
    status
    content
    attempt
    position
    clientId
    createdAt
    waitingFor
    nextTryAt
    model
    finishReason
    parent {
      id
    }
    siblings {
      index
      total
      previousId
      nextId
    }
    error {
      code
      message
      retryable
      retryAt
    }
    fallbackFrom {
      id
      label
    }
    rating {
      value
      tag
      text
    }
    tokens {
      prompt
      cached
      thoughts
      tools
      reply
    }
    parts {
      __typename
      ... on TextPart {
        text
      }
      ... on ThoughtPart {
        text
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
`;

export const ROOM_SUMMARY = /* GraphQL */ `
  fragment RoomSummary on Chatroom {
    id
    title
    createdAt
    lastMessageAt
    lastMessagePreview
    pinnedAt
    archivedAt
    unread
    activeReply {
      id
    }
  }
`;

export const ROOM_FACTS =
  /* GraphQL */ `
    fragment RoomFacts on Chatroom {
      ...RoomSummary
      position
      titleSource
      systemPrompt
      modelId
      model {
        id
        label
      }
      settings {
        thinking
        showThoughts
        search
        codeExecution
        maxReplyTokens
      }
      leaf {
        id
      }
      firstUnread {
        id
      }
      queue {
        id
        content
        clientId
        createdAt
      }
      queuePausedBecause
    }
  ` + ROOM_SUMMARY;

const MESSAGES_PAGE =
  /* GraphQL */ `
    fragment MessagesPage on MessageConnection {
      pageInfo {
        hasPreviousPage
        startCursor
      }
      edges {
        node {
          ...ChatMessage
        }
      }
    }
  ` + CHAT_MESSAGE;

/** A room with the newest part of its active branch. */
export const ROOM_PAGE =
  /* GraphQL */ `
    fragment RoomPage on Chatroom {
      ...RoomFacts
      messages(last: 30) {
        ...MessagesPage
      }
    }
  ` +
  ROOM_FACTS +
  MESSAGES_PAGE;

export const ReadRoom: Operation<{ chatroom: RoomPage | null }, { id: string }> =
  /* GraphQL */ `
    query ChatReadRoom($id: ID!) {
      chatroom(id: $id) {
        ...RoomPage
      }
    }
  ` + ROOM_PAGE;

export type OlderData = { chatroom: { messages: MessagesPage } | null };
export const ReadOlder: Operation<OlderData, { id: string; before: string | null }> =
  /* GraphQL */ `
    query ChatReadOlder($id: ID!, $before: String) {
      chatroom(id: $id) {
        messages(last: 30, before: $before) {
          ...MessagesPage
        }
      }
    }
  ` + MESSAGES_PAGE;

/** With `running`, so that a reply is there when it begins. */
export const FollowRoom: Operation<{ messageAdded: ChatMessage }, { chatroomId: string; after?: string | null }> =
  /* GraphQL */ `
    subscription ChatFollowRoom($chatroomId: ID!, $after: ID) {
      messageAdded(chatroomId: $chatroomId, after: $after, running: true) {
        ...ChatMessage
      }
    }
  ` + CHAT_MESSAGE;
