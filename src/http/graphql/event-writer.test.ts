import fc from "fast-check";
import { parse, validate, type ExecutionArgs } from "graphql";
import { expect, test } from "vitest";
import { executeWithin } from "../../graphql/answer-size.ts";
import type { ReplyEvent } from "../../features/replies/reply-log.ts";
import { createEventWriter } from "./event-writer.ts";
import { schema } from "./schema.ts";

const CHUNK: ReplyEvent = {
  messageId: "0198c0de-0000-7000-8000-000000000001",
  attempt: 1,
  offset: 24,
  text: "text",
  thought: null,
  activity: 0,
  activities: [],
  thoughts: "",
  status: "STREAMING",
  waitingFor: null,
  message: null,
};

const subscription = (selections: string, more = "") =>
  `subscription { replyStream(messageId: 1) { ${selections} } } ${more}`;

const PLAIN = [
  subscription("text"),
  subscription("messageId attempt offset text status waitingFor message { id status content }"),
  subscription("__typename a: text b: text text text"),
  subscription("thought { offset text __typename } activity activities { seq kind part { __typename } } text"),
  subscription(
    "... on ReplyChunk { attempt ...Rest } offset",
    "fragment Rest on ReplyChunk { status ... { text offset } }",
  ),
  subscription("...Rest offset ...Rest", "fragment Rest on ReplyChunk { text }"),
  "subscription Named { reply: replyStream(messageId: 1) { text } } query Other { serverTime: __typename }",
];

function argsOf(source: string, event: ReplyEvent): ExecutionArgs {
  const document = parse(source);
  expect(validate(schema, document)).toEqual([]);
  const [operationName] = /(?<=subscription )\w+/.exec(source) ?? [];
  return { schema, document, operationName, rootValue: event, contextValue: {} };
}

const texts = fc.string({ unit: "binary", maxLength: 30 });
const chunks = fc.record({
  messageId: fc.uuid(),
  attempt: fc.nat(),
  offset: fc.nat(),
  text: texts,
  thought: fc.option(fc.record({ offset: fc.nat(), text: texts })),
  activity: fc.nat(),
  activities: fc.constant([]),
  thoughts: texts,
  status: fc.constantFrom("PENDING", "STREAMING", "COMPLETE"),
  waitingFor: fc.option(fc.constantFrom("WORKER", "NEXT_TRY", "OTHER_REPLIES")),
  message: fc.constant(null),
});

test("what is written is what would have been executed, event by event", async () => {
  for (const source of PLAIN) {
    const write = createEventWriter(argsOf(source, CHUNK))!;
    await fc.assert(
      fc.asyncProperty(chunks, async (event) => {
        const { data, errors } = await executeWithin(argsOf(source, event));
        expect(errors).toBeUndefined();
        expect(write(event)).toBe(JSON.stringify(data));
      }),
      { numRuns: 50 },
    );
  }
});

test("an event that leads to something else, is long, or does not fit is left to the execution", () => {
  const write = createEventWriter(
    argsOf(subscription("attempt thought { text } activities { seq } message { id content } text"), CHUNK),
  )!;
  expect(write(CHUNK)).toBeDefined();
  const activity = { seq: 0, at: 0, noteLength: 0, kind: "CODE", language: "", code: "" } as const;
  const others = [
    { message: { id: "1", content: "text" } },
    { activities: [activity] },
    { text: "x".repeat(70_000) },
    { attempt: null },
    { attempt: 2 ** 40 },
    { text: undefined },
  ];
  for (const other of others) {
    expect(write({ ...CHUNK, ...other })).toBeUndefined();
  }
  expect(write(CHUNK), "the next one is written again").toBeDefined();
});

test.each([
  ["a directive", subscription("text status @include(if: true)")],
  ["a fragment with a directive", subscription("text ... @skip(if: false) { status }")],
  ["another event", "subscription { messageAdded(chatroomId: 1) { id } }"],
])("a subscription with %s is executed", (_what, source) => {
  expect(createEventWriter(argsOf(source, CHUNK))?.(CHUNK)).toBeUndefined();
});
