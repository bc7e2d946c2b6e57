import { EventEmitter, once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { WatchRoom, type WatchRoomData } from "../../../packages/client/src/documents.ts";
import type { LiveClient } from "../../../packages/client/src/live/web-socket.ts";
import type { ReplyText } from "../../../packages/client/src/reply/reply-text.ts";
import { watchReply, type FinishedReply } from "../../../packages/client/src/watch.ts";
import type { TestClient } from "../../_support/client.ts";
import type { Prompt } from "./prompts.ts";
import type { Standstill } from "./standstill.ts";

/** A message as its sender saw it; `reply` is what had come of it when the run was over. */
export type Exchange = { prompt: Prompt; messageId: string; replyId: string; reply?: ReplyText<FinishedReply> };

/** All that one user has seen. */
export type UserRun = Readonly<{
  userId: string;
  room: string;
  prompts: readonly Prompt[];
  exchanges: Exchange[];
  /** Ids of the messages that came to the room, in the order they came. */
  delivered: string[];
  /** What ended a subscription or the whole run early. */
  faults: unknown[];
}>;

export type UserOptions = Readonly<{
  /** One of each API. */
  clients: readonly [TestClient, TestClient];
  live: LiveClient;
  room: string;
  prompts: readonly Prompt[];
  /** From one message to the next, in milliseconds, if the reply does not take longer. */
  everyMs: number;
  standstill: Standstill;
  signal: AbortSignal;
}>;

const SEND_AGAIN_MS = 300;

/**
 * One user: sends a message, follows its reply and the room, and sends the next when the reply has come by both. Comes
 * back with its position after each fault, as the examples' clients do, and never polls.
 *
 * @returns what was seen, also when the signal ended it
 */
export async function runUser(options: UserOptions): Promise<UserRun> {
  const { clients, live, room, prompts, everyMs, standstill, signal } = options;
  const run: UserRun = { userId: clients[0].userId(), room, prompts, exchanges: [], delivered: [], faults: [] };
  const arrivals = new EventEmitter();
  const unwatch = live.subscribe<WatchRoomData>(
    { query: WatchRoom, variables: { chatroomId: room, after: "0" } },
    {
      next({ data }) {
        if (!data) return;
        run.delivered.push(data.messageAdded.id);
        arrivals.emit(data.messageAdded.id);
      },
      error: (fault) => run.faults.push(fault),
      complete() {},
    },
  );
  try {
    for (const prompt of prompts) {
      const due = delay(everyMs, undefined, { signal });
      await exchange(prompt);
      await due;
    }
  } catch (fault) {
    run.faults.push(fault);
  } finally {
    unwatch();
  }
  return run;

  async function exchange(prompt: Prompt): Promise<void> {
    const moved = standstill.begin("a send's answer");
    const { messageId, replyId } = await sendSurely(prompt);
    const seen: Exchange = { prompt, messageId, replyId };
    run.exchanges.push(seen);
    moved("a reply's first word");
    const reply = await new Promise<ReplyText<FinishedReply>>((resolve, reject) => {
      const next = (text: ReplyText<FinishedReply>) => {
        moved(`a reply after ${text.text.length} of attempt ${text.attempt}, ${text.status}`);
        seen.reply = text;
        if (text.message) resolve(text);
      };
      const stop = watchReply(live, replyId, { next, error: reject });
      signal.addEventListener("abort", () => (stop(), reject(signal.reason as Error)), { once: true });
    });
    moved(`the ${reply.status} reply in the room`);
    if (!run.delivered.includes(replyId)) await once(arrivals, replyId, { signal });
    moved("nothing");
  }

  /** Under the same client id each time, and by the other API. */
  async function sendSurely({ content, clientId }: Prompt): Promise<{ messageId: string; replyId: string }> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await (tries % 2 === 0 ? clients[0] : clients[1]).send(room, content, { clientId });
      } catch {
        await delay(SEND_AGAIN_MS, undefined, { signal });
      }
    }
  }
}
