import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import type { ResultOf } from "../../_support/client-types.ts";
import type { TestClient } from "../../_support/client.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { MessageBegun, RetryReply } from "../../_support/documents.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";
import { createWatch, type Watch } from "../../_support/watch.ts";

let colloquy: Colloquy;
/** One user on both APIs. */
let here: TestClient;
let there: TestClient;

beforeAll(async () => {
  colloquy = await shareColloquy({ apis: 2 });
});
afterAll(() => colloquy.close());

beforeEach(async () => {
  here = await colloquy.signIn();
  there = colloquy.elsewhere(here);
});

type News = ResultOf<typeof MessageBegun>["messageAdded"];

const watchBegun = (chatroomId: string, after?: string): Watch<News> =>
  createWatch<News>((sink) =>
    there.connect().subscribe<ResultOf<typeof MessageBegun>>(
      { query: MessageBegun.toString(), variables: { chatroomId, after } },
      {
        next: ({ data, errors }) => (data ? sink.next(data.messageAdded) : sink.error(errors)),
        error: sink.error,
        complete: sink.complete,
      },
    ),
  );

/** A worker may have taken a reply up before its beginning is read. */
const shapes = ({ events }: Watch<News>) =>
  events.map(({ id, status }) => [id, status === "PENDING" || status === "STREAMING" ? "running" : status]);

test("a second window sees that a reply has begun, what it answers, and its end; also one that was away", async () => {
  const gate = createGate();
  colloquy.gemini.onPrompt("tell me", [{ text: "Once" }, { waitFor: gate }]);
  const room = await here.createRoom();
  const [live, plain] = [watchBegun(room, "0"), there.watchMessages(room, "0")];
  const { messageId, replyId } = await here.send(room, "tell me");
  const begun = await live.until(({ id }) => id === replyId);
  expect(begun).toMatchObject({ parent: { id: messageId } });
  // One that comes later, and one that has seen the question.
  const [question] = live.events;
  const resumed = [watchBegun(room, "0"), watchBegun(room, question?.position)];
  for (const watch of resumed) await watch.until(({ id }) => id === replyId);
  const upToDate = watchBegun(room, begun.position);

  gate.open();
  await live.until(({ id, status }) => id === replyId && status === "COMPLETE");
  await upToDate.until(({ status }) => status === "COMPLETE");
  expect(shapes(live)).toEqual([
    [messageId, "COMPLETE"],
    [replyId, "running"],
    [replyId, "COMPLETE"],
  ]);
  expect(shapes(upToDate)).toEqual([[replyId, "COMPLETE"]]);
  const positions = live.events.map(({ position }) => Number(position));
  expect(positions).toEqual([...new Set(positions)].toSorted((a, b) => a - b));

  // Who was away until the end gets that alone.
  const late = watchBegun(room, question?.position);
  await late.until(({ id }) => id === replyId);
  expect(shapes(late)).toEqual([[replyId, "COMPLETE"]]);
  await plain.until(({ id }) => id === replyId);
  expect(plain.events.map(({ id, status }) => [id, status])).toEqual([
    [messageId, "COMPLETE"],
    [replyId, "COMPLETE"],
  ]);
});

test("a reply that is retried begins again", async () => {
  const gate = createGate();
  colloquy.gemini.onPrompt("fail", [{ status: 400, message: "no" }]);
  const room = await here.createRoom();
  const watch = watchBegun(room, "0");
  const { replyId } = await here.send(room, "fail");
  const failed = await watch.until(({ status }) => status === "FAILED");
  colloquy.gemini.onPrompt("fail", [{ text: "Well" }, { waitFor: gate }]);
  const again = watchBegun(room, failed.position);
  await here.request(RetryReply, { messageId: replyId });
  const begun = await again.until(({ id }) => id === replyId);
  expect(Number(begun.position)).toBeGreaterThan(Number(failed.position));
  gate.open();
  await again.until(({ status }) => status === "COMPLETE");
  expect(shapes(again).map(([, status]) => status)).toEqual(["running", "COMPLETE"]);
});
