import { graphql } from "../../tools/generated/graphql/gql.ts";

export const SendOtp = graphql(`
  mutation SendOtp($input: SendOtpInput!) {
    sendOtp(input: $input) {
      code
      expiresAt
      resendAt
    }
  }
`);

export const VerifyOtp = graphql(`
  mutation VerifyOtp($input: VerifyOtpInput!) {
    verifyOtp(input: $input) {
      accessToken
      accessTokenExpiresAt
      refreshToken
      session {
        id
      }
      user {
        id
        phone
        name
      }
    }
  }
`);

export const CreateChatroom = graphql(`
  mutation CreateChatroom($input: CreateChatroomInput) {
    createChatroom(input: $input) {
      id
      title
      modelId
      model {
        id
      }
    }
  }
`);

export const SendMessage = graphql(`
  mutation SendMessage($input: SendMessageInput!) {
    sendMessage(input: $input) {
      message {
        id
        status
        content
      }
      reply {
        id
        status
        attempt
      }
    }
  }
`);

export const GetMessage = graphql(`
  query GetMessage($id: ID!) {
    message(id: $id) {
      id
      role
      content
      status
      attempt
      nextTryAt
      waitingFor
      finishReason
      promptTokens
      replyTokens
      error {
        code
        message
        retryable
        retryAt
      }
    }
  }
`);

export const GetChatroom = graphql(`
  query GetChatroom($id: ID!, $first: Int, $last: Int, $after: String, $before: String) {
    chatroom(id: $id) {
      id
      title
      activeReply {
        id
      }
      messages(first: $first, last: $last, after: $after, before: $before) {
        edges {
          cursor
          node {
            id
            role
            content
            status
          }
        }
        pageInfo {
          hasNextPage
          hasPreviousPage
          startCursor
          endCursor
        }
      }
    }
  }
`);

export const GetUsage = graphql(`
  query GetUsage {
    me {
      id
      usage {
        used
        limit
        remaining
        resetsAt
      }
    }
  }
`);

export const MessageAdded = graphql(`
  subscription MessageAdded($chatroomId: ID!, $after: ID) {
    messageAdded(chatroomId: $chatroomId, after: $after) {
      id
      role
      content
      status
    }
  }
`);

export const MessageBegun = graphql(`
  subscription MessageBegun($chatroomId: ID!, $after: ID) {
    messageAdded(chatroomId: $chatroomId, after: $after, running: true) {
      id
      status
      content
      position
      parent {
        id
      }
    }
  }
`);

export const ReplyStream = graphql(`
  subscription ReplyStream($messageId: ID!, $attempt: Int, $offset: Int) {
    replyStream(messageId: $messageId, attempt: $attempt, offset: $offset) {
      messageId
      attempt
      offset
      text
      status
      waitingFor
      message {
        id
        status
        content
        promptTokens
        replyTokens
        finishReason
        error {
          code
          retryable
        }
      }
    }
  }
`);

export const StopReply = graphql(`
  mutation StopReply($messageId: ID!) {
    stopReply(messageId: $messageId) {
      id
      status
      content
      attempt
    }
  }
`);

export const RetryReply = graphql(`
  mutation RetryReply($messageId: ID!) {
    retryReply(messageId: $messageId) {
      id
      status
      content
      attempt
    }
  }
`);

export const SignOut = graphql(`
  mutation SignOut {
    signOut
  }
`);

export const RevokeSession = graphql(`
  mutation RevokeSession($id: ID!) {
    revokeSession(id: $id)
  }
`);

export const GetSessions = graphql(`
  query GetSessions {
    me {
      sessions {
        id
      }
    }
  }
`);

export const ListChatrooms = graphql(`
  query ListChatrooms($first: Int, $last: Int, $after: String, $before: String) {
    chatrooms(first: $first, last: $last, after: $after, before: $before) {
      edges {
        cursor
        node {
          id
          title
          lastMessageAt
          lastMessagePreview
          activeReply {
            id
            status
          }
        }
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
`);

export const ListConversations = graphql(`
  query ListConversations($rooms: Int, $messages: Int) {
    chatrooms(first: $rooms) {
      edges {
        node {
          id
          lastMessagePreview
          activeReply {
            id
            parent {
              id
            }
          }
          messages(last: $messages) {
            edges {
              node {
                id
                parent {
                  id
                }
              }
            }
          }
        }
      }
    }
  }
`);

export const ListRunning = graphql(`
  query ListRunning {
    chatrooms(first: 1) {
      edges {
        node {
          activeReply {
            id
            content
          }
        }
      }
    }
  }
`);
