import { setTimeout as delay } from "node:timers/promises";
import { attackTest } from "./_support/attack.ts";
import { send } from "./_support/flood.ts";

const PER_SECOND = 20;
const SECONDS = 10;

attackTest({
  name: "A2: 20 documents a second that ask 490 times for one field",
  bounds: { growth: 100, latency: 3 },
  async run({ url }) {
    const waiting = [];
    for (let n = 0; n < PER_SECOND * SECONDS; n += 1) {
      waiting.push(send(url, JSON.stringify({ query: `{ ${"me{id} ".repeat(490)}} # ${n}` })));
      await delay(1_000 / PER_SECOND);
    }
    const answers = await Promise.all(waiting);
    return answers[0]?.text.includes("OPERATION_TOO_COMPLEX") ? "refused" : `answered with ${answers[0]?.status}`;
  },
});
