import { describe, expect, test } from "vitest";
import { chooseLiveFormat, eventStream, multipart, takesJson } from "./live-formats.ts";

describe("the format of live results", () => {
  test.each([
    null,
    undefined,
    "",
    "*/*",
    "text/event-stream",
    "TEXT/Event-Stream",
    " text/event-stream ; charset=utf-8",
    "application/json, text/event-stream",
    "application/graphql-response+json, application/json, text/event-stream, multipart/mixed",
    "multipart/mixed;subscriptionSpec=1.0;q=0.5, text/event-stream",
    "text/event-stream, multipart/mixed;subscriptionSpec=1.0",
    "application/json, */*;q=0.1",
  ])("is an event stream for %j", (accept) => {
    expect(chooseLiveFormat(accept)).toBe(eventStream);
  });

  test.each([
    "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9",
    'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0", application/json',
    "Multipart/Mixed;SUBSCRIPTIONSPEC=1.0",
    "multipart/mixed;deferSpec=20220824, multipart/mixed;subscriptionSpec=1.0, application/json",
    "text/event-stream;q=0.4, multipart/mixed;subscriptionSpec=1.0;q=0.8",
    "text/event-stream;q=0, multipart/mixed;subscriptionSpec=1.0",
  ])("is multipart for %j", (accept) => {
    expect(chooseLiveFormat(accept)).toBe(multipart);
  });

  test.each([
    "application/json",
    "multipart/mixed",
    "multipart/mixed;subscriptionSpec=2.0",
    "multipart/*",
    "text/event-stream;q=0",
    "text/event-stream;q=much",
    "text/html",
    ",",
  ])("is none for %j", (accept) => {
    expect(chooseLiveFormat(accept)).toBeNull();
  });

  test.each([
    [null, true],
    ["application/JSON", true],
    ["text/event-stream, application/graphql-response+json", true],
    ["text/event-stream", false],
    ["application/json;q=0, text/event-stream", false],
  ])("leaves single results to JSON where it is taken: %j", (accept, taken) => {
    expect(takesJson(accept)).toBe(taken);
  });
});
