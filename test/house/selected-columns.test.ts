import { readFileSync } from "node:fs";
import { isObjectType, Kind, parse, type GraphQLResolveInfo } from "graphql";
import { expect, test } from "vitest";
import { BRIEF as BRIEF_MESSAGE, SHOWN } from "../../src/features/messages/message-columns.ts";
import { BRIEF as BRIEF_ROOM } from "../../src/features/rooms/room-columns.ts";
import { Prisma } from "../../src/generated/prisma/client.ts";
import { columnsOfField } from "../../src/graphql/selected-columns.ts";
import { schema } from "../../src/http/graphql/schema.ts";

const COLUMNS = {
  Message: new Set<string>(Object.keys(Prisma.MessageScalarFieldEnum)),
  Chatroom: new Set<string>(Object.keys(Prisma.ChatroomScalarFieldEnum)),
};

const NOTHING_ASKED = { fieldNodes: [] as unknown } as GraphQLResolveInfo;

const stated = (Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]).flatMap((type) => {
  const object = schema.getType(type);
  if (!isObjectType(object)) throw new Error(`${type} is no object`);
  return Object.values(object.getFields()).flatMap((field) => {
    const columns = columnsOfField(schema, type, field.name);
    return columns ? [{ type, field, name: field.name, columns }] : [];
  });
});

/** A database with nothing in it. */
const EMPTY = { $queryRaw: async () => [], messageRating: { findMany: async () => [] } };

test.each(stated)("$type: $name looks at the columns that it states, and at no others", async (each) => {
  const { type, field, columns } = each;
  expect([...columns].filter((column) => !COLUMNS[type].has(column))).toEqual([]);
  const seen = new Set<string>();
  for (const status of ["COMPLETE", "STREAMING"]) {
    const row = new Proxy<Record<string, unknown>>(
      { id: "an id", content: "text", role: "ASSISTANT", status, head: {} },
      { get: (target, name) => (seen.add(String(name)), target[String(name)] ?? null) },
    );
    // Of what is not in the row there is nothing.
    await field.resolve?.(row, {}, { app: { redis: { status: "end" }, db: EMPTY } }, NOTHING_ASKED);
  }
  const others = [...seen].filter((name) => COLUMNS[type].has(name) && !columns.includes(name));
  expect(others).toEqual([]);
});

test("a page of what the chat page shows is read in rows that have no more than that", () => {
  const rows = stated.filter(({ type, columns }) => type === "Message" && columns.every((column) => SHOWN.has(column)));
  const stand = new Set(rows.map(({ name }) => name));
  const { definitions } = parse(readFileSync("web/chat/room/room.graphql", "utf8"));
  const view = definitions.flatMap((each) =>
    each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === "MessageView" ? each.selectionSet.selections : [],
  );
  const selected = view.flatMap((each) => (each.kind === Kind.FIELD ? each.name.value : []));
  expect(selected).toContain("siblings");
  expect(selected.filter((name) => !stand.has(name))).toEqual([]);
});

test("the short rows have what most fields look at", () => {
  const short = { Message: BRIEF_MESSAGE, Chatroom: BRIEF_ROOM };
  const fits = stated.filter(({ type, columns }) => columns.every((column) => short[type].has(column)));
  expect(fits.map(({ type, name }) => `${type}.${name}`).toSorted()).toEqual([
    "Chatroom.activeReply",
    "Chatroom.archivedAt",
    "Chatroom.id",
    "Chatroom.lastMessageAt",
    "Chatroom.lastMessagePreview",
    "Chatroom.messages",
    "Chatroom.pinnedAt",
    "Chatroom.position",
    "Chatroom.title",
    "Chatroom.titleSource",
    "Chatroom.unread",
    "Message.attempt",
    "Message.citations",
    "Message.content",
    "Message.createdAt",
    "Message.id",
    "Message.parts",
    "Message.rating",
    "Message.reply",
    "Message.role",
    "Message.status",
    "Message.waitingFor",
  ]);
});
