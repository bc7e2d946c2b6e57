import { v7 as uuidv7 } from "uuid";
import { attackTest } from "./_support/attack.ts";
import { flood } from "./_support/flood.ts";

const aliases = (count: number, field: string) => Array.from({ length: count }, (_, n) => `a${n}: ${field}`).join(" ");

attackTest({
  name: "A4: answers of prompts and messages, asked for again and again",
  bounds: { growth: 150, peak: 600 },
  async run({ url, attacker, colloquy }) {
    const userId = attacker.userId();
    const rooms = Array.from({ length: 100 }, () => uuidv7());
    const room = { userId, title: "A room", model: "gemini-3.5-flash-lite", systemPrompt: "字".repeat(8_000) };
    await colloquy.db.chatroom.createMany({ data: rooms.map((id) => ({ id, ...room })) });
    const [chatroomId = ""] = rooms;
    const ids = Array.from({ length: 100 }, () => uuidv7());
    const message = { chatroomId, role: "USER", status: "COMPLETE", content: "字".repeat(32_000) } as const;
    await colloquy.db.message.createMany({
      data: ids.map((id, depth) => ({ id, depth, parentId: ids[depth - 1] ?? null, ...message })),
    });
    await colloquy.db.chatroom.update({ where: { id: chatroomId }, data: { activeLeafId: ids.at(-1) ?? null } });
    const queries = [
      `{ chatrooms(first: 100) { edges { node { ${aliases(48, "systemPrompt")} } } } }`,
      `{ chatrooms(first: 100) { edges { node { ${aliases(30, "systemPrompt")} } } } }`,
      `{ chatroom(id: "${chatroomId}") { messages(last: 100) { edges { node { ${aliases(20, "content")} } } } } }`,
      `{ chatroom(id: "${chatroomId}") { messages(last: 70) { edges { node { content } } } } }`,
    ];
    const token = attacker.token();
    const body = (n: number) => JSON.stringify({ query: queries[n % queries.length] });
    const { largest, statuses } = await flood(url, { count: 40, concurrency: 4, body, token, limitMs: 100_000 });
    return `the longest answer has ${(largest / 2 ** 20).toFixed(1)} MiB; statuses ${JSON.stringify(statuses).replaceAll('"', "")}`;
  },
});
