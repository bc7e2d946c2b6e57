import type { TypePolicies } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";
import { roomListPolicy } from "../sidebar/room-lists.ts";

/** How lists that come in pages are put together. */
export const typePolicies: TypePolicies = {
  Query: { fields: { chatrooms: roomListPolicy } },
  Chatroom: { fields: { messages: relayStylePagination() } },
  User: { fields: { securityEvents: relayStylePagination() } },
};
