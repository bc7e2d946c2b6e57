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
