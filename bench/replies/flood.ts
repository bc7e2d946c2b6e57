import { quantile } from "../_support/numbers.ts";
import { untilSeen, waitsOf } from "./listener.ts";
import { createMessages } from "./messages.ts";
import type { Sent } from "./programs/sender.ts";
import { QUICK_PACE } from "./quick.ts";
import type { Setup } from "./set-up.ts";

/** Somebody who sends one message a second, while somebody else floods the queue or not. Times are milliseconds. */
export type FloodRun = Readonly<{ flood: number; wait: Readonly<{ p50: number; max: number }> }>;

/** The flood's replies take two seconds each, so that it lasts. */
const FLOOD_PACE = { chunks: 40, delayMs: 50 };

export async function runFlood(
  { harness, senders, listener }: Setup,
  flood: number,
  seconds: number,
): Promise<FloodRun> {
  listener.forget();
  const flooding = await createMessages(harness.db, flood, FLOOD_PACE, { sameUser: true });
  const messages = await createMessages(harness.db, seconds, QUICK_PACE, { sameUser: true });
  const [sent] = await Promise.all([
    senders[0].call<Sent[]>("send", { messages, overMs: seconds * 1_000 }),
    senders[1].call<Sent[]>("send", { messages: flooding, overMs: 0 }),
  ]);
  await untilSeen(listener.begun, sent);
  const waits = waitsOf(listener, sent);
  // What is left of the flood is of no more use.
  await harness.db.user.deleteMany({ where: { id: { in: flooding.map(({ userId }) => userId) } } });
  return { flood, wait: { p50: quantile(waits, 0.5), max: quantile(waits, 1) } };
}
