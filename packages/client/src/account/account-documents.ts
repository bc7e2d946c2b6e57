import type { Operation } from "../operation.ts";
import { ROOM_FACTS, ROOM_SUMMARY, type RoomFacts, type RoomSummary } from "../room/room-documents.ts";

export type AccountUser = {
  id: string;
  name: string | null;
  phone: string;
  timeZone: string;
  subscription: { plan: "BASIC" | "PRO"; status: string | null };
  usage: { used: number; limit: number | null; remaining: number | null; resetsAt: string };
};

export type AccountEvent =
  | { __typename: "AccountSnapshot" | "PlanChanged" | "ProfileChanged" | "UsageChanged"; user: AccountUser }
  | { __typename: "RoomChanged"; chatroom: RoomFacts }
  | { __typename: "RoomDeleted"; id: string }
  | { __typename: "SessionOpened" | "SessionRevoked"; sessionId: string };

const ACCOUNT_USER = /* GraphQL */ `
  fragment AccountUser on User {
    id
    name
    phone
    timeZone
    subscription {
      plan
      status
    }
    usage {
      used
      limit
      remaining
      resetsAt
    }
  }
`;

export const FollowAccount: Operation<{ accountChanged: AccountEvent }, { after?: string | null }> =
  /* GraphQL */ `
    subscription ChatFollowAccount($after: String) {
      accountChanged(after: $after) {
        __typename
        ... on AccountSnapshot {
          user {
            ...AccountUser
          }
        }
        ... on PlanChanged {
          user {
            ...AccountUser
          }
        }
        ... on ProfileChanged {
          user {
            ...AccountUser
          }
        }
        ... on UsageChanged {
          user {
            ...AccountUser
          }
        }
        ... on RoomChanged {
          chatroom {
            ...RoomFacts
          }
        }
        ... on RoomDeleted {
          id
        }
        ... on SessionOpened {
          sessionId
        }
        ... on SessionRevoked {
          sessionId
        }
      }
    }
  ` +
  ROOM_FACTS +
  ACCOUNT_USER;

export type RoomsPage = {
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  edges: { node: RoomSummary }[];
};
export const ReadAccount: Operation<{ me: AccountUser | null; chatrooms: RoomsPage }, { after: string | null }> =
  /* GraphQL */ `
    query ChatReadAccount($after: String) {
      me {
        ...AccountUser
      }
      chatrooms(first: 30, after: $after) {
        pageInfo {
          hasNextPage
          endCursor
        }
        edges {
          node {
            ...RoomSummary
          }
        }
      }
    }
  ` +
  ROOM_SUMMARY +
  ACCOUNT_USER;
