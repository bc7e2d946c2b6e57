/** Where the yardsticks find a user's list: `chatrooms` as Colloquy has answered it, in JSON. */
export const listKeyOf = (userId: string): string => `bench:list:${userId}`;

/** As much of Colloquy's schema as the list's document asks for. */
export const LIST_SCHEMA = /* GraphQL */ `
  type Query {
    chatrooms(first: Int): ChatroomConnection!
  }
  type ChatroomConnection {
    edges: [ChatroomEdge!]!
    pageInfo: PageInfo!
  }
  type ChatroomEdge {
    cursor: String!
    node: Chatroom!
  }
  type PageInfo {
    hasNextPage: Boolean!
    endCursor: String
  }
  type Chatroom {
    id: ID!
    title: String!
    lastMessageAt: String!
    lastMessagePreview: String
    activeReply: Message
  }
  type Message {
    id: ID!
    status: String!
  }
`;
