import { setTimeout as delay } from "node:timers/promises";
import { attackTest } from "./_support/attack.ts";
import { send } from "./_support/flood.ts";
import { HOSTILE } from "./_support/hostile.ts";

const PER_SECOND = 20;
const SECONDS = 10;

/** As much as the budget of one address allows. */
attackTest({
  name: "A2: 20 costly documents a second, of every kind",
  env: { REQUESTS_PER_IP: "1200" },
  bounds: { growth: 100, latency: 3 },
  async run({ url }) {
    const documents = Object.values(HOSTILE);
    const waiting = [];
    for (let n = 0; n < PER_SECOND * SECONDS; n += 1) {
      waiting.push(send(url, JSON.stringify({ query: `${documents[n % documents.length]} # ${n}` })));
      await delay(1_000 / PER_SECOND);
    }
    const answers = await Promise.all(waiting);
    return `the longest answer has ${Math.max(...answers.map(({ bytes }) => bytes))} bytes`;
  },
});
