import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { expect } from "vitest";
import { newPhone } from "../_support/phones.ts";
import { attackTest } from "./_support/attack.ts";
import { send } from "./_support/flood.ts";

const CODES = 100;
const LIMIT = 60;

attackTest({
  name: `A6: ${CODES} codes asked for over connections that are reset at once`,
  env: { OTP_PER_IP: String(LIMIT) },
  bounds: { growth: 100 },
  async run({ api, colloquy, url }) {
    const before = await colloquy.db.otpCode.count();
    const wires = await Promise.all(Array.from({ length: CODES }, () => open(api.port)));
    // The API reads each request and its reset in the same moment: it would otherwise read few of the requests.
    api.signal("SIGSTOP");
    for (const wire of wires) {
      const body = JSON.stringify({ query: mutation() });
      const head = `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
      await new Promise((resolve) => wire.write(head + body, resolve));
      wire.resetAndDestroy();
    }
    api.signal("SIGCONT");
    const countSent = async () => (await colloquy.db.otpCode.count()) - before;
    await expect.poll(countSent, { timeout: 30_000 }).toBeGreaterThan(LIMIT / 2);
    // The address has used up what it has: there nobody gets another code.
    const askOnce = async () => (await send(url, JSON.stringify({ query: mutation() }))).text;
    await expect.poll(askOnce, { timeout: 30_000 }).toContain("RATE_LIMITED");
    const sent = await countSent();
    expect.soft(sent, "codes that were sent").toBeLessThanOrEqual(LIMIT);
    return `${sent} codes were sent; the limit is ${LIMIT}`;
  },
});

const mutation = () => `mutation { sendOtp(input: { phone: "${newPhone()}", purpose: SIGN_IN }) { expiresAt } }`;

/** A connection that the API has answered on. */
async function open(port: number): Promise<Socket> {
  const wire = connect(port, "127.0.0.1").on("error", () => {});
  wire.write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await once(wire, "data");
  return wire;
}
