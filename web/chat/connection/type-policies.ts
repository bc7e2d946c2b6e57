import type { TypePolicies } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";

/** How lists that come in pages are put together. */
export const typePolicies: TypePolicies = {
  Query: { fields: { chatrooms: relayStylePagination(["filter"]) } },
  Chatroom: { fields: { messages: relayStylePagination() } },
  User: { fields: { securityEvents: relayStylePagination() } },
};
