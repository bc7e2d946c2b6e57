import { expect } from "vitest";
import { attackTest } from "./_support/attack.ts";

const MIB = 2 ** 20;
/** One event of the provider's, in MiB: the first is within the limit of 8, and the text of a whole reply. */
const SIZES = [7, 20];
/** What one write to the connection has, in bytes. */
const WRITE = 16 * 1024;
const REPLIES = 4;

/** An event of so many bytes, as writes of its connection. */
function writesOf(bytes: number): { raw: string }[] {
  const event = { candidates: [{ content: { role: "model", parts: [{ text: "x".repeat(bytes) }] }, index: 0 }] };
  const text = `data: ${JSON.stringify(event)}\n\n`;
  return Array.from({ length: Math.ceil(text.length / WRITE) }, (_, n) => ({
    raw: text.slice(n * WRITE, (n + 1) * WRITE),
  }));
}

attackTest({
  name: `A7: ${REPLIES} replies at once whose provider sends an event of ${SIZES.join(", then of ")} MiB, in writes of 16 KiB`,
  at: "worker",
  bounds: { growth: 200, block: 2_500 },
  async run({ attacker, colloquy }) {
    const ends: string[] = [];
    for (const size of SIZES) {
      const prompt = `an event of ${size} MiB`;
      colloquy.gemini.onPrompt(prompt, [...writesOf(size * MIB), { finish: "STOP" }], { times: 100 });
      const began = performance.now();
      const replyIds = await Promise.all(
        Array.from({ length: REPLIES }, async () => (await attacker.send(await attacker.createRoom(), prompt)).replyId),
      );
      await Promise.all(replyIds.map((id) => attacker.watchReply(id).completed));
      const took = ((performance.now() - began) / 1_000).toFixed(1);
      const rows = await colloquy.db.message.findMany({ where: { id: { in: replyIds } } });
      expect
        .soft(
          rows.every(({ finishedAt }) => finishedAt !== null),
          "all replies have ended",
        )
        .toBe(true);
      const outcomes = new Set(rows.map(({ status, errorCode }) => errorCode ?? status));
      ends.push(`${size} MiB: ${[...outcomes].join(", ")} after ${took} s`);
    }
    return ends.join("; ");
  },
});
