import { graphql } from "../../tools/generated/graphql/gql.ts";

export const RoomsChanged = graphql(`
  subscription RoomsChanged($after: String) {
    accountChanged(after: $after) {
      __typename
      ... on AccountSnapshot {
        position
      }
      ... on UsageChanged {
        position
      }
      ... on PlanChanged {
        position
      }
      ... on ProfileChanged {
        position
      }
      ... on SessionOpened {
        position
      }
      ... on SessionRevoked {
        position
      }
      ... on RoomChanged {
        position
        chatroom {
          id
          title
          pinnedAt
          unread
          lastMessagePreview
          activeReply {
            id
            status
            parent {
              id
            }
          }
        }
      }
      ... on RoomDeleted {
        id
        position
      }
    }
  }
`);

export const ReadSidebar = graphql(`
  query ReadSidebar($after: String, $archived: Boolean) {
    chatrooms(first: 100, after: $after, filter: { archived: $archived }) {
      edges {
        node {
          ...SidebarRoom
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }

  fragment SidebarRoom on Chatroom {
    id
    title
    titleSource
    pinnedAt
    archivedAt
    lastMessageAt
    lastMessagePreview
    unread
    firstUnread {
      id
    }
    leaf {
      id
      status
    }
    queue {
      id
      content
    }
    activeReply {
      id
      status
      parent {
        id
      }
    }
  }
`);

export const FollowSidebar = graphql(`
  subscription FollowSidebar($after: String) {
    accountChanged(after: $after) {
      __typename
      ... on AccountSnapshot {
        position
      }
      ... on UsageChanged {
        position
      }
      ... on PlanChanged {
        position
      }
      ... on ProfileChanged {
        position
      }
      ... on SessionOpened {
        position
      }
      ... on SessionRevoked {
        position
      }
      ... on RoomChanged {
        position
        chatroom {
          ...SidebarRoom
        }
      }
      ... on RoomDeleted {
        id
        position
      }
    }
  }
`);
