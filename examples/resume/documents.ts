import { graphql } from "../../scripts/generated/graphql/gql.ts";

/** `attempt`, `offset` and `text` make the position; nothing less can be resumed. */
export const WatchReply = graphql(`
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
`);

/** `id` makes the position, as soon as the `status` says that the message stays as it is. */
export const WatchRoom = graphql(`
  subscription WatchRoom($chatroomId: ID!, $after: ID) {
    messageAdded(chatroomId: $chatroomId, after: $after) {
      id
      role
      content
      status
    }
  }
`);

/** The newest part of a room; `lastSeen` says where `WatchRoom` goes on. */
export const OpenRoom = graphql(`
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
`);

/** Needs no access token. The refresh token is spent by it: the new one has to be kept. */
export const RenewTokens = graphql(`
  mutation RenewTokens($refreshToken: String!) {
    refreshSession(refreshToken: $refreshToken) {
      accessToken
      accessTokenExpiresAt
      refreshToken
    }
  }
`);
