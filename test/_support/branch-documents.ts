import { graphql } from "../../tools/generated/graphql/gql.ts";

export const EditMessage = graphql(`
  mutation EditMessage($input: EditMessageInput!) {
    editMessage(input: $input) {
      message {
        ...NodeState
      }
      reply {
        ...NodeState
      }
      chatroom {
        ...BranchState
      }
    }
  }

  fragment NodeState on Message {
    id
    role
    content
    clientId
    parent {
      id
    }
    reply {
      id
    }
    siblings {
      index
      total
      previousId
      nextId
    }
  }

  fragment BranchState on Chatroom {
    id
    leaf {
      id
    }
    activeReply {
      id
    }
    messages(last: 100) {
      edges {
        node {
          id
          content
        }
      }
    }
  }
`);

export const RegenerateReply = graphql(`
  mutation RegenerateReply($input: RegenerateReplyInput!) {
    regenerateReply(input: $input) {
      message {
        ...NodeState
      }
      reply {
        ...NodeState
      }
      chatroom {
        ...BranchState
      }
    }
  }
`);

export const GetBranch = graphql(`
  query GetBranch($id: ID!) {
    chatroom(id: $id) {
      ...BranchState
    }
  }
`);

export const GetNode = graphql(`
  query GetNode($id: ID!) {
    message(id: $id) {
      ...NodeState
    }
  }
`);

export const SelectBranch = graphql(`
  mutation SelectBranch($input: SelectBranchInput!) {
    selectBranch(input: $input) {
      message {
        id
      }
      chatroom {
        ...BranchState
      }
    }
  }
`);

export const DeleteMessage = graphql(`
  mutation DeleteMessage($id: ID!) {
    deleteMessage(id: $id) {
      deletedIds
      deletedCount
      chatroom {
        ...BranchState
      }
    }
  }
`);

export const ForkChatroom = graphql(`
  mutation ForkChatroom($input: ForkChatroomInput!) {
    forkChatroom(input: $input) {
      chatroom {
        id
        title
        titleSource
        systemPrompt
        modelId
        unread
        settings {
          thinking
        }
        messages(last: 100) {
          edges {
            node {
              id
              role
              content
              status
              model
              clientId
              position
              rating {
                value
              }
              parts {
                __typename
              }
            }
          }
        }
      }
    }
  }
`);

export const GetTree = graphql(`
  query GetTree($id: ID!, $first: Int, $after: String) {
    chatroom(id: $id) {
      id
      tree(first: $first, after: $after) {
        edges {
          node {
            id
            content
            parent {
              id
            }
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

export const SendForEdges = graphql(`
  mutation SendForEdges($input: SendMessageInput!) {
    sendMessage(input: $input) {
      messageEdge {
        cursor
        node {
          id
        }
      }
      replyEdge {
        cursor
        node {
          id
        }
      }
      chatroom {
        id
        messages(last: 2) {
          edges {
            cursor
            node {
              id
            }
          }
        }
      }
    }
  }
`);
