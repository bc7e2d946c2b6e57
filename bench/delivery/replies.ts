import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { channelOf, type System } from "./cases.ts";
import { forEachOf } from "./sockets.ts";
import type { Setup } from "./set-up.ts";
import { createRooms } from "./user.ts";

const SENDS_AT_ONCE = 16;
const LIMIT_MS = 60_000;
const ASK_AGAIN_MS = 20;
/** graphql-ws tells nobody that a subscription stands; this is ample for what follows Redis' acknowledgement. */
const SETTLE_MS = 300;

const SEND = "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { reply { id } } }";

/** Has a reply begun for each prompt, and waits until the model was asked for all of them. @returns their ids */
export async function beginReplies(setup: Setup, system: System, prompts: readonly string[]): Promise<string[]> {
  const ids = system === "colloquy" ? await sendMessages(setup, prompts) : prompts.map(() => randomUUID());
  if (system !== "colloquy") {
    await setup.publisher.call("start", {
      system,
      replies: prompts.map((prompt, index) => ({ id: ids[index], prompt })),
    });
  }
  await until("the model to be asked", async () => {
    const { asked } = await setup.gemini.call<{ asked: number }>("counts");
    return asked >= prompts.length;
  });
  return ids;
}

/** Waits until all that began has ended, so that nothing of it disturbs what is measured next. */
export async function endReplies({ harness: { db }, publisher }: Setup, system: System): Promise<void> {
  if (system !== "colloquy") {
    const faults = await publisher.call<string[]>("faults");
    if (faults[0] !== undefined) throw new Error(`the publisher met ${faults.length} faults, the first: ${faults[0]}`);
    return;
  }
  const left = () => db.message.count({ where: { status: { in: ["PENDING", "STREAMING"] } } });
  await until("the replies' ends", async () => (await left()) === 0);
  const broken = await db.message.count({
    where: { role: "ASSISTANT", OR: [{ status: { not: "COMPLETE" } }, { attempt: { gt: 1 } }] },
  });
  if (broken > 0) throw new Error(`${broken} replies failed or needed another attempt`);
}

/** Waits until Redis knows of a listener for each reply. */
export async function untilSubscribed({ harness: { redis } }: Setup, ids: readonly string[]): Promise<void> {
  await until("the subscriptions", async () => {
    const counts = (await redis.pubsub("NUMSUB", ...ids.map(channelOf))) as (string | number)[];
    return counts.every((count, index) => index % 2 === 0 || Number(count) > 0);
  });
  await delay(SETTLE_MS);
}

/** @throws when it has not come true within a minute */
export async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + LIMIT_MS;
  while (!(await isTrue())) {
    if (Date.now() > giveUpAt) throw new Error(`waited in vain for ${what}`);
    await delay(ASK_AGAIN_MS);
  }
}

async function sendMessages({ harness, user, servers }: Setup, prompts: readonly string[]): Promise<string[]> {
  const rooms = await createRooms(harness.db, user, prompts.length);
  const send = async (content: string, index: number) => {
    const response = await fetch(`http://127.0.0.1:${servers.colloquy.port}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${user.token}` },
      body: JSON.stringify({ query: SEND, variables: { input: { chatroomId: rooms[index], content } } }),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const { data, errors } = (await response.json()) as {
      data?: { sendMessage: { reply: { id: string } } };
      errors?: unknown;
    };
    if (!data) throw new Error(`sendMessage: ${JSON.stringify(errors)}`);
    return data.sendMessage.reply.id;
  };
  return forEachOf(prompts, send, SENDS_AT_ONCE);
}
