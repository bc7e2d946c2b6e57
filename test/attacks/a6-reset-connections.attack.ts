import { connect } from "node:net";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { newPhone } from "../_support/phones.ts";
import { attackTest } from "./_support/attack.ts";

const CODES = 100;
const LIMIT = 60;

attackTest({
  name: `A6: ${CODES} codes asked for over connections that are reset at once`,
  env: { OTP_PER_IP: String(LIMIT), REQUESTS_PER_IP: "1200" },
  bounds: { growth: 50 },
  async run({ api, colloquy }) {
    const before = await colloquy.db.otpCode.count();
    for (let n = 0; n < CODES; n += 1) {
      const query = `mutation { sendOtp(input: { phone: "${newPhone()}", purpose: SIGN_IN }) { expiresAt } }`;
      const body = JSON.stringify({ query });
      const wire = connect(api.port, "127.0.0.1");
      wire.on("error", () => {});
      await once(wire, "connect");
      const head = `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
      await new Promise((resolve) => wire.write(head + body, resolve));
      wire.resetAndDestroy();
    }
    // What was taken is done by then; nothing tells.
    await delay(3_000);
    const sent = (await colloquy.db.otpCode.count()) - before;
    expect.soft(sent, "codes that were sent").toBeLessThanOrEqual(LIMIT);
    return `${sent} codes were sent; the limit is ${LIMIT}`;
  },
});
