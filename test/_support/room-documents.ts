import { graphql } from "../../tools/generated/graphql/gql.ts";

export const UpdateChatroom = graphql(`
  mutation UpdateChatroom($input: UpdateChatroomInput!) {
    updateChatroom(input: $input) {
      chatroom {
        ...RoomState
      }
    }
  }
`);

export const GetRoomState = graphql(`
  query GetRoomState($id: ID!) {
    chatroom(id: $id) {
      ...RoomState
    }
  }

  fragment RoomState on Chatroom {
    id
    title
    titleSource
    systemPrompt
    modelId
    settings {
      thinking
      showThoughts
      search
      codeExecution
      maxReplyTokens
    }
    pinnedAt
    archivedAt
  }
`);

export const FilterChatrooms = graphql(`
  query FilterChatrooms($filter: ChatroomFilter, $first: Int, $after: String) {
    chatrooms(filter: $filter, first: $first, after: $after) {
      edges {
        node {
          title
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const DeleteChatroom = graphql(`
  mutation DeleteChatroom($id: ID!) {
    deleteChatroom(id: $id) {
      id
      restorableUntil
    }
  }
`);

export const RestoreChatroom = graphql(`
  mutation RestoreChatroom($id: ID!) {
    restoreChatroom(id: $id) {
      chatroom {
        id
        title
      }
    }
  }
`);

export const MarkRead = graphql(`
  mutation MarkRead($input: MarkReadInput!) {
    markRead(input: $input) {
      chatroom {
        ...ReadState
      }
    }
  }

  fragment ReadState on Chatroom {
    id
    unread
    firstUnread {
      id
    }
  }
`);

export const MarkUnread = graphql(`
  mutation MarkUnread($id: ID!) {
    markUnread(chatroomId: $id) {
      chatroom {
        ...ReadState
      }
    }
  }
`);

export const GetReadState = graphql(`
  query GetReadState($id: ID!) {
    chatroom(id: $id) {
      ...ReadState
    }
  }
`);
