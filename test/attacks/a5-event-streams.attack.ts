import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { attackTest } from "./_support/attack.ts";
import { send } from "./_support/flood.ts";

const STREAMS = 580;
const SECONDS = 3;

attackTest({
  name: `A5: ${STREAMS} event streams of one user, and a change of the account`,
  env: { SOCKETS_PER_USER: "50", SOCKETS_PER_IP: "500" },
  bounds: { growth: 150, latency: 3 },
  async run({ url, attacker }) {
    const agent = new Agent({ maxSockets: STREAMS });
    const token = attacker.token();
    const headers = {
      "content-type": "application/json",
      accept: "text/event-stream",
      authorization: `Bearer ${token}`,
    };
    const body = JSON.stringify({ query: "subscription { accountChanged { __typename } }" });
    const open = await Promise.all(
      Array.from(
        { length: STREAMS },
        () =>
          new Promise<boolean>((resolve) => {
            const asked = request(url, { method: "POST", agent, headers }, (response) => {
              response.on("error", () => {}).resume();
              resolve(
                response.statusCode === 200 && response.headers["content-type"]?.includes("event-stream") === true,
              );
            });
            asked.on("error", () => resolve(false));
            asked.end(body);
          }),
      ),
    );
    const change = (n: number) => `mutation { updateProfile(input: { name: "Somebody ${n}" }) { id } }`;
    for (let n = 0; n < SECONDS * 5; n += 1) {
      await send(url, JSON.stringify({ query: change(n) }), { token });
      await delay(200);
    }
    agent.destroy();
    return `${open.filter(Boolean).length} were opened`;
  },
});
