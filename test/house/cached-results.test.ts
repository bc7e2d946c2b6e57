import { getNamedType, isObjectType, type GraphQLObjectType } from "graphql";
import { expect, test } from "vitest";
import { schema } from "../../src/http/graphql/schema.ts";

/** The fields that an answer of this type can be kept with, by their types. */
function fieldsBelow(type: GraphQLObjectType, found: Record<string, string[]> = {}): Record<string, string[]> {
  if (type.name in found) return found;
  const fields = Object.values(type.getFields()).filter(({ extensions }) => !extensions["uncacheable"]);
  found[type.name] = fields.map(({ name }) => name).toSorted((a, b) => a.localeCompare(b));
  for (const field of fields) {
    const below = getNamedType(field.type);
    if (isObjectType(below)) fieldsBelow(below, found);
  }
  return found;
}

// Whoever adds one sees to it that each change of what it shows drops the group, or states `uncacheable`.
test("a list of rooms is kept with nothing but what its drops know of", () => {
  const kept = Object.values(schema.getQueryType()!.getFields()).filter(({ extensions }) => extensions["cacheGroup"]);
  expect(kept.map(({ name }) => name)).toEqual(["chatrooms"]);
  const words = (names: string) => names.split(" ");
  expect(fieldsBelow(getNamedType(kept[0]!.type) as GraphQLObjectType)).toEqual({
    ChatroomConnection: words("edges pageInfo"),
    ChatroomEdge: words("cursor node"),
    Chatroom: words(
      "activeReply archivedAt createdAt firstUnread id lastMessageAt lastMessagePreview leaf messages model modelId pinnedAt position queue queuePausedBecause settings systemPrompt title titleSource unread",
    ),
    RoomSettings: words("codeExecution maxReplyTokens search showThoughts thinking"),
    // They change with a deploy, or on the day a model retires: a list shows it after five minutes.
    Model: words(
      "contextTokens description id isDefault label maxReplyTokens plans replacedBy retiresAt thinkingLevels tools",
    ),
    Message: words(
      "attempt chatroom clientId content createdAt error fallbackFrom finishReason id model nextTryAt parent position promptTokens rating reply replyTokens role settings siblings status tokens",
    ),
    Rating: words("tag text value"),
    Siblings: words("index nextId previousId total"),
    TokenCounts: words("cached prompt reply thoughts tools"),
    MessageError: words("code message reason retryable retryAt"),
    MessageConnection: words("edges pageInfo"),
    MessageEdge: words("cursor node"),
    PageInfo: words("endCursor hasNextPage hasPreviousPage startCursor"),
  });
});
