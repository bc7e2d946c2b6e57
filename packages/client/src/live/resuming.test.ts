import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WatchReply, WatchReplyInParts, WatchRoom } from "../documents.ts";
import { resuming, type Payload, type ResumeOptions, type Result, type Sink, type Subscribe } from "./resuming.ts";

/** One time that the client below was asked to subscribe. */
type Try = { payload: Payload; sink: Sink<Result<unknown>>; cancelled: boolean };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const SOON: ResumeOptions = { wait: () => 100 };

function subscribeTo(query: string, variables: Record<string, unknown>, options: ResumeOptions = SOON) {
  const tries: Try[] = [];
  const subscribe: Subscribe = (payload, sink) => {
    const made: Try = { payload, sink, cancelled: false };
    tries.push(made);
    return () => {
      made.cancelled = true;
      sink.complete();
    };
  };
  const told = { results: [] as Result<unknown>[], errors: [] as unknown[], completed: 0 };
  const stop = resuming(subscribe, options)<unknown>(
    { query, variables },
    {
      next: (result) => void told.results.push(result),
      error: (cause) => void told.errors.push(cause),
      complete: () => void (told.completed += 1),
    },
  );
  return { tries, told, stop };
}

const reply = WatchReply.toString();
const room = WatchRoom.toString();
const chunk = (offset: number, text: string) => ({ data: { replyStream: { attempt: 1, offset, text } } });
const message = (id: string, position: string) => ({ data: { messageAdded: { id } }, extensions: { position } });
const fault = (code: string, retryAfter?: number) => [{ message: code, extensions: { code, retryAfter } }];
const network = { type: "error" };

describe("a subscription that resumes", () => {
  test("starts each try where the last event led to", () => {
    const { tries, told } = subscribeTo(reply, { messageId: "r" });
    tries[0]!.sink.next(chunk(0, "Hello 🌊"));
    tries[0]!.sink.error({ code: 1006, reason: "" });
    vi.advanceTimersByTime(100);
    tries[1]!.sink.error(network);
    vi.advanceTimersByTime(100);
    expect(tries.map(({ payload }) => payload.variables)).toEqual([
      { messageId: "r", attempt: 1, offset: 8 },
      { messageId: "r", attempt: 1, offset: 8 },
      { messageId: "r", attempt: 1, offset: 8 },
    ]);
    tries[2]!.sink.next(chunk(8, "!"));
    tries[2]!.sink.complete();
    expect(told).toMatchObject({ results: [chunk(0, "Hello 🌊"), chunk(8, "!")], errors: [], completed: 1 });
  });

  test("goes on with thoughts and activities too, which a chunk may say nothing of", () => {
    const given = { messageId: "r", attempt: 1, offset: 0, thoughtOffset: 3, activity: 1 };
    const { tries, told } = subscribeTo(WatchReplyInParts.toString(), given);
    const say = (attempt: number, text: string, thought: object | null, activity: number, activities: object[]) => {
      const replyStream = { attempt, offset: 0, text, thought, activity, activities };
      tries.at(-1)!.sink.next({ data: { replyStream } });
      tries.at(-1)!.sink.error(network);
      vi.advanceTimersByTime(1_000);
      return tries.at(-1)!.payload.variables;
    };
    const after = (attempt: number, offset: number, thoughtOffset: number, activity: number) => ({
      messageId: "r",
      attempt,
      offset,
      thoughtOffset,
      activity,
    });
    expect(say(1, "ab", null, 1, [{}])).toEqual(after(1, 2, 3, 2));
    expect(say(1, "", { offset: 3, text: "hm" }, 2, [])).toEqual(after(1, 0, 5, 2));
    expect(say(2, "", null, 0, [])).toEqual(after(2, 0, 0, 0));
    expect(told.errors).toEqual([]);
  });

  test.each(["thought { offset text }", "activity activities { seq }"])(
    "does not begin with %s whose position is not passed on",
    async (selection) => {
      const query = `subscription ($attempt: Int, $offset: Int) {
        replyStream(messageId: "r", attempt: $attempt, offset: $offset) { attempt offset text ${selection} }
      }`;
      const { tries, told } = subscribeTo(query, {});
      await Promise.resolve();
      expect(tries).toEqual([]);
      expect(told.errors).toMatchObject([{ name: "TypeError" }]);
    },
  );

  test("keeps the position that it was given until there is an event", () => {
    const { tries } = subscribeTo(room, { chatroomId: "c", after: "m1" });
    tries[0]!.sink.error(network);
    vi.advanceTimersByTime(100);
    expect(tries[1]!.payload.variables).toEqual({ chatroomId: "c", after: "m1" });
    tries[1]!.sink.next(message("m2", "8"));
    tries[1]!.sink.error(network);
    vi.advanceTimersByTime(100);
    expect(tries[2]!.payload.variables).toEqual({ chatroomId: "c", after: "8" });
  });

  test("asks for an event again that came without its data", () => {
    const { tries, told } = subscribeTo(room, { chatroomId: "c", after: "m1" });
    tries[0]!.sink.next({ data: null, errors: fault("UNAVAILABLE") });
    // What the first try still brings is past the gap.
    tries[0]!.sink.next(message("m3", "9"));
    expect(tries[0]!.cancelled).toBe(true);
    vi.advanceTimersByTime(100);
    expect(tries[1]!.payload.variables).toEqual({ chatroomId: "c", after: "m1" });
    expect(told).toEqual({ results: [], errors: [], completed: 0 });
  });

  test("ends with what will not pass, as the client reported it", () => {
    const { tries, told } = subscribeTo(reply, { messageId: "r" });
    tries[0]!.sink.next({ errors: fault("NOT_FOUND") });
    vi.runAllTimers();
    expect(tries).toHaveLength(1);
    expect(told).toEqual({ results: [], errors: [fault("NOT_FOUND")], completed: 0 });
  });

  test("gets one new token, and gives up when that is refused too, but not later on", () => {
    const onTokenRefused = vi.fn<() => void>();
    const { tries, told } = subscribeTo(reply, { messageId: "r" }, { ...SOON, onTokenRefused });
    const expired = { code: 4403, reason: "Forbidden" };
    tries[0]!.sink.error(expired);
    vi.advanceTimersByTime(100);
    tries[1]!.sink.next(chunk(0, "with the new token"));
    tries[1]!.sink.error(expired);
    vi.advanceTimersByTime(100);
    expect(onTokenRefused).toHaveBeenCalledTimes(2);
    expect(told.errors).toEqual([]);
    tries[2]!.sink.error(expired);
    expect(onTokenRefused).toHaveBeenCalledTimes(2);
    expect(told.errors).toEqual([expired]);
  });

  test("waits as long as the server asks, and longer after each failure, until a try has lasted", () => {
    const waits: number[] = [];
    const onBroken = (_: unknown, waitMs: number) => void waits.push(waitMs);
    const { tries } = subscribeTo(room, { chatroomId: "c" }, { onBroken, wait: (failures) => failures });
    const breakOff = (cause: unknown) => {
      tries.at(-1)!.sink.error(cause);
      vi.runAllTimers();
    };
    breakOff(network);
    breakOff(network);
    breakOff(fault("UNAVAILABLE", 2));
    breakOff(network);
    vi.advanceTimersByTime(20_000);
    breakOff(network);
    expect(waits).toEqual([0, 1, 2002, 3, 0]);
  });

  test("does not take the empty event that begins a try for progress", () => {
    const waits: number[] = [];
    const onBroken = (_: unknown, waitMs: number) => void waits.push(waitMs);
    const { tries } = subscribeTo(reply, { messageId: "r" }, { onBroken, wait: (failures) => failures });
    for (const event of [chunk(0, "some"), chunk(4, ""), chunk(4, ""), chunk(4, "more")]) {
      tries.at(-1)!.sink.next(event);
      tries.at(-1)!.sink.error(network);
      vi.runAllTimers();
    }
    expect(waits).toEqual([0, 1, 2, 0]);
  });

  test("waits at most half a minute by itself, and hardly at all the first time", () => {
    const waits: number[] = [];
    const { tries } = subscribeTo(room, {}, { onBroken: (_, waitMs) => void waits.push(waitMs) });
    for (let count = 0; count < 12; count += 1) {
      tries.at(-1)!.sink.error(network);
      vi.runAllTimers();
    }
    expect(waits[0]).toBeLessThan(250);
    expect(waits[1]).toBeGreaterThanOrEqual(500);
    expect(Math.max(...waits)).toBeGreaterThanOrEqual(15_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
  });

  test("tries no more once it is stopped, be it open or waiting", () => {
    const running = subscribeTo(reply, { messageId: "r" });
    running.stop();
    expect(running.tries[0]!.cancelled).toBe(true);
    const waiting = subscribeTo(reply, { messageId: "r" });
    waiting.tries[0]!.sink.error(network);
    waiting.stop();
    vi.runAllTimers();
    expect(waiting.tries).toHaveLength(1);
    for (const { told } of [running, waiting]) expect(told).toEqual({ results: [], errors: [], completed: 0 });
  });

  test("leaves other operations alone: a mutation is not sent twice", () => {
    const { tries, told } = subscribeTo("mutation { stopReply(messageId: 1) { id } }", {});
    tries[0]!.sink.error(network);
    vi.runAllTimers();
    expect(tries).toHaveLength(1);
    expect(told.errors).toEqual([network]);
  });

  test.each([
    ["does not pass its position on", reply.replace("offset: $offset", "offset: 0"), undefined, "offset: $offset"],
    ["does not select the text", reply, { replyStream: { attempt: 1, offset: 0 } }, "text are selected"],
    ["gets no position", room, { messageAdded: { id: "m1" } }, "extensions of its results"],
  ])("says so when an operation %s", async (_, query, data, hint) => {
    const { tries, told } = subscribeTo(query, {});
    tries[0]?.sink.next({ data });
    await Promise.resolve();
    expect(told.results).toEqual([]);
    expect(told.errors.map(String)).toEqual([expect.stringContaining(hint)]);
    expect(tries.filter(({ cancelled }) => !cancelled)).toEqual([]);
  });
});
