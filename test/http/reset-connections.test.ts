import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { SendOtp } from "../_support/documents.ts";
import { newPhone } from "../_support/phones.ts";

const PER_IP = 5;

let colloquy: Colloquy;

beforeAll(async () => {
  colloquy = await startColloquy({ workers: 0, env: { OTP_PER_IP: String(PER_IP) } });
});
afterAll(() => colloquy.close());

const api = () => colloquy.apis[0]!;

/** An open connection that the API has answered on. */
async function open(): Promise<Socket> {
  const socket = connect(api().port, "127.0.0.1").on("error", () => {});
  socket.write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await once(socket, "data");
  return socket;
}

test("what a connection asked before it was reset counts against its address", async () => {
  const phones = Array.from({ length: PER_IP * 3 }, newPhone);
  const sockets = await Promise.all(phones.map(open));
  // The API reads each request and its reset in the same moment.
  api().signal("SIGSTOP");
  for (const [n, socket] of sockets.entries()) {
    const body = JSON.stringify({
      query: SendOtp.toString(),
      variables: { input: { phone: phones[n], purpose: "SIGN_IN" } },
    });
    const head = `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
    await new Promise((resolve) => socket.write(`${head}\r\n\r\n${body}`, resolve));
    socket.resetAndDestroy();
  }
  api().signal("SIGCONT");
  const codesSent = () => colloquy.db.otpCode.count({ where: { phone: { in: phones } } });
  await expect.poll(codesSent).toBeGreaterThanOrEqual(PER_IP);
  const { errors } = await colloquy.client().ask(SendOtp, { input: { phone: newPhone(), purpose: "SIGN_IN" } });
  expect(errors[0]?.extensions["code"]).toBe("RATE_LIMITED");
  expect(await codesSent()).toBe(PER_IP);
});
