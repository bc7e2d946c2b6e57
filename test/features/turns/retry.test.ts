import { afterAll, beforeAll, expect, test } from "vitest";
import { codesOf } from "../../_support/accounts.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { RetryReply } from "../../_support/documents.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";
import { whenBlocked } from "../../_support/when-blocked.ts";

let colloquy: Colloquy;

beforeAll(async () => {
  colloquy = await shareColloquy();
});
afterAll(() => colloquy.close());

test("a reply that is deleted while its retry waits for the room is not found", async () => {
  const client = await colloquy.signIn();
  const room = await client.createRoom();
  const { replyId } = await client.send(room, "hello [[fake: block]]");
  await client.watchReply(replyId).completed;
  const retried = await colloquy.db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT FROM "Chatroom" WHERE "id" = ${room}::uuid FOR UPDATE`;
    await tx.message.delete({ where: { id: replyId } });
    const answer = client.ask(RetryReply, { messageId: replyId });
    await whenBlocked(tx);
    return { answer };
  });
  expect(codesOf(await retried.answer)).toEqual(["NOT_FOUND"]);
});
