import { setTimeout as delay } from "node:timers/promises";
import { createAppContext } from "../../../src/app-context.ts";
import { sendMessage } from "../../../src/features/turns/send-message.ts";
import { readConfig } from "../../../src/config.ts";
import { serveCommands } from "../../_support/serve.ts";
import { monotonicNow } from "../../_support/numbers.ts";

/** Sends as an API does, by the same use case, without GraphQL and HTTP. */
const ctx = createAppContext(readConfig(process.env), "sender");
const AT_ONCE = 10;

export type Sending = Readonly<{
  messages: readonly { userId: string; chatroomId: string; content: string }[];
  /** They are spread evenly over so many milliseconds; 0 for as fast as can be. */
  overMs: number;
}>;

/** A reply that was asked for, and when: on the clock of `monotonicNow`, before the message was stored. */
export type Sent = Readonly<{ replyId: string; sentAt: number }>;

await serveCommands(
  {
    async send({ messages, overMs }: Sending): Promise<Sent[]> {
      const start = monotonicNow();
      const sent: Sent[] = [];
      let next = 0;
      const sendSome = async () => {
        for (let index = next++; index < messages.length; index = next++) {
          const wait = start + (index * overMs) / messages.length - monotonicNow();
          if (wait >= 1) await delay(wait);
          const message = messages[index];
          if (message) sent[index] = await send(message);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, sendSome));
      return sent;
    },
  },
  () => ctx.close(),
);

async function send({ userId, ...input }: Sending["messages"][number]): Promise<Sent> {
  const sentAt = monotonicNow();
  const { reply } = await sendMessage(ctx, userId, input);
  if (!reply) throw new Error("A message waits in the queue of its room");
  return { replyId: reply.id, sentAt };
}
