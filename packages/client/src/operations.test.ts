import { parse, validate } from "graphql";
import { expect, test } from "vitest";
import { assertWithinLimits } from "../../../src/graphql/operation-limits.ts";
import { schema } from "../../../src/http/graphql/schema.ts";
import * as aiSdk from "./ai-sdk/ai-sdk-documents.ts";
import * as account from "./account/account-documents.ts";
import * as documents from "./documents.ts";
import * as rooms from "./room/room-documents.ts";
import * as mutations from "./room/room-mutations.ts";
import * as session from "./session/session-documents.ts";

const operations = [aiSdk, account, documents, rooms, mutations, session]
  .flatMap((module) => Object.entries(module))
  .filter(
    (entry): entry is [string, string] =>
      typeof entry[1] === "string" && /^\s*(query|mutation|subscription)\b/.test(entry[1]),
  );

test("there are operations", () => expect(operations.length).toBeGreaterThan(20));

const INPUTS: Readonly<Record<string, object>> = {
  Send: { chatroomId: "r", content: "c" },
  Edit: { messageId: "m", content: "c" },
  Regenerate: { messageId: "m" },
  Select: { messageId: "m" },
  UpdateQueued: { id: "m", content: "c" },
};

test.each(operations)("%s is valid, and within the limits of the API", (name, text) => {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  const ids = { id: "i", messageId: "m", chatroomId: "r", refreshToken: "t" };
  const variableValues = { ...ids, input: INPUTS[name], phone: "1", code: "2", password: "3" };
  expect(() => assertWithinLimits({ schema, document, variableValues, contextValue: {} })).not.toThrow();
});
