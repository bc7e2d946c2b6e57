import { graphql } from "../../tools/generated/graphql/gql.ts";

export const SendQueued = graphql(`
  mutation SendQueued($input: SendMessageInput!) {
    sendMessage(input: $input) {
      message {
        ...QueuedState
      }
      reply {
        id
        status
      }
      chatroom {
        ...QueueState
      }
    }
  }

  fragment QueuedState on Message {
    id
    status
    content
    clientId
    position
    model
    settings {
      thinking
      showThoughts
    }
    parts {
      __typename
    }
    parent {
      id
    }
    chatroom {
      id
    }
  }

  fragment QueueState on Chatroom {
    id
    queue {
      id
      content
    }
    queuePausedBecause
    activeReply {
      id
      parent {
        id
      }
    }
  }
`);

export const GetQueue = graphql(`
  query GetQueue($id: ID!) {
    chatroom(id: $id) {
      ...QueueState
    }
  }
`);

export const GetQueued = graphql(`
  query GetQueued($id: ID!) {
    message(id: $id) {
      ...QueuedState
    }
    node(id: $id) {
      ...QueuedState
    }
  }
`);

export const UpdateQueued = graphql(`
  mutation UpdateQueued($input: UpdateQueuedInput!) {
    updateQueued(input: $input) {
      message {
        ...QueuedState
      }
      chatroom {
        ...QueueState
      }
    }
  }
`);

export const CancelQueued = graphql(`
  mutation CancelQueued($id: ID!) {
    cancelQueued(id: $id) {
      message {
        ...QueuedState
      }
      chatroom {
        ...QueueState
      }
    }
  }
`);

export const ResumeQueue = graphql(`
  mutation ResumeQueue($id: ID!) {
    resumeQueue(chatroomId: $id) {
      message {
        id
      }
      reply {
        id
      }
      chatroom {
        ...QueueState
      }
    }
  }
`);

export const RoomQueueChanged = graphql(`
  subscription RoomQueueChanged($after: String) {
    accountChanged(after: $after) {
      __typename
      ... on RoomChanged {
        chatroom {
          ...QueueState
        }
      }
    }
  }
`);
