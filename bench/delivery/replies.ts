import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Program } from "../_support/program.ts";
import { channelOf, type SystemName } from "./pace.ts";
import type { Stage } from "./stage.ts";
import { createRooms } from "./user.ts";

const SENDS_AT_ONCE = 16;
const LIMIT_MS = 60_000;
const ASK_AGAIN_MS = 20;
/** graphql-ws tells nobody that a subscription stands; this is ample for what follows Redis' acknowledgement. */
const SETTLE_MS = 300;

const SEND = "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { reply { id } } }";

/** Has a reply begun for each prompt, and waits until the model was asked for all of them. @returns their ids */
export async function beginReplies(
  stage: Stage,
  system: SystemName,
  server: Program,
  prompts: readonly string[],
): Promise<string[]> {
  const ids = system === "colloquy" ? await sendMessages(stage, server, prompts) : prompts.map(() => randomUUID());
  if (system !== "colloquy") {
    const replies = prompts.map((prompt, index) => ({ id: ids[index], prompt }));
    await stage.publisher.call("start", { system, replies });
  }
  await until("the model to be asked", async () => (await stage.standIn.call<number>("asked")) >= prompts.length);
  return ids;
}

/** Waits until all that began has ended, so that nothing of it disturbs what is measured next. */
export async function endReplies(stage: Stage, system: SystemName): Promise<void> {
  if (system !== "colloquy") {
    const faults = await stage.publisher.call<string[]>("faults");
    if (faults[0] !== undefined) throw new Error(`the publisher met ${faults.length} faults, the first: ${faults[0]}`);
    return;
  }
  const left = () => stage.db.message.count({ where: { status: { in: ["PENDING", "STREAMING"] } } });
  await until("the replies' ends", async () => (await left()) === 0);
  const broken = await stage.db.message.count({
    where: { role: "ASSISTANT", OR: [{ status: { not: "COMPLETE" } }, { attempt: { gt: 1 } }] },
  });
  if (broken > 0) throw new Error(`${broken} replies failed or needed another attempt`);
}

/** Waits until Redis knows of a listener for each reply. */
export async function untilSubscribed(stage: Stage, ids: readonly string[]): Promise<void> {
  const channels = ids.map(channelOf);
  await until("the subscriptions", async () => {
    const counts = (await stage.redis.pubsub("NUMSUB", ...channels)) as (string | number)[];
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

async function sendMessages(stage: Stage, api: Program, prompts: readonly string[]): Promise<string[]> {
  const rooms = await createRooms(stage.db, stage.user, prompts.length);
  const ids: string[] = [];
  let next = 0;
  const sendSome = async () => {
    for (let index = next++; index < prompts.length; index = next++) {
      ids[index] = await sendMessage(stage, api, rooms[index], prompts[index]);
    }
  };
  await Promise.all(Array.from({ length: SENDS_AT_ONCE }, sendSome));
  return ids;
}

async function sendMessage(stage: Stage, api: Program, chatroomId?: string, content?: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${api.port}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${stage.user.token}` },
    body: JSON.stringify({ query: SEND, variables: { input: { chatroomId, content } } }),
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  const { data, errors } = (await response.json()) as {
    data?: { sendMessage: { reply: { id: string } } };
    errors?: unknown;
  };
  if (!data) throw new Error(`sendMessage: ${JSON.stringify(errors)}`);
  return data.sendMessage.reply.id;
}
