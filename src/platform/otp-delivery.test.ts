import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { createLogger } from "./logger.ts";
import { createOtpDelivery } from "./otp-delivery.ts";

const MESSAGE = { phone: "+12025550143", code: "012345", expiresAt: new Date("2026-11-21T12:00:00Z") };

let said = "";
const logger = createLogger({ level: "trace", name: "test" }, { write: (chunk: string) => void (said += chunk) });
let stop: () => void = () => {};

afterEach(() => {
  stop();
  said = "";
});

/** Where the listener listens until the test is over. */
async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/sms`;
}

test("the answer itself has the code only when it is asked for", () => {
  expect(createOtpDelivery({ delivery: "response" }, logger).inResponse).toBe(true);
  expect(createOtpDelivery({ delivery: "log" }, logger).inResponse).toBe(false);
  expect(createOtpDelivery({ delivery: "webhook", webhookUrl: "http://localhost" }, logger).inResponse).toBe(false);
});

test("what goes into the answer goes nowhere else", async () => {
  await createOtpDelivery({ delivery: "response" }, logger).send(MESSAGE);
  expect(said).toBe("");
});

test("the log shows the code, and at a level that stands out", async () => {
  await createOtpDelivery({ delivery: "log" }, logger).send(MESSAGE);
  expect(JSON.parse(said)).toMatchObject({ level: 40, phone: MESSAGE.phone, otp: "012345" });
});

test("a webhook gets all of it, and the log nothing", async () => {
  let received = "";
  const webhookUrl = await listen((request, response) => {
    void text(request).then((body) => {
      received = `${request.method} ${request.url} ${request.headers["content-type"]} ${body}`;
      response.end("queued");
    });
  });
  await createOtpDelivery({ delivery: "webhook", webhookUrl }, logger).send(MESSAGE);
  expect(received).toBe(`POST /sms application/json ${JSON.stringify(MESSAGE)}`);
  expect(said).toBe("");
});

test.each([201, 202, 204])("a webhook that answers %i has taken it", async (status) => {
  const webhookUrl = await listen((_, response) => response.writeHead(status).end());
  await expect(createOtpDelivery({ delivery: "webhook", webhookUrl }, logger).send(MESSAGE)).resolves.toBeUndefined();
});

test.each([301, 302, 307, 400, 404, 429, 500, 503])("a webhook that answers %i has not", async (status) => {
  let requests = 0;
  const webhookUrl = await listen((_, response) => {
    requests += 1;
    response.writeHead(status, { location: "/elsewhere" }).end("012345");
  });
  const sent = createOtpDelivery({ delivery: "webhook", webhookUrl }, logger).send(MESSAGE);
  await expect(sent).rejects.toThrow(`OTP_WEBHOOK_URL answered ${status}`);
  expect(requests).toBe(1);
});

test("a webhook that hangs up has not", async () => {
  const webhookUrl = await listen((request) => request.socket.destroy());
  const sent = createOtpDelivery({ delivery: "webhook", webhookUrl }, logger).send(MESSAGE);
  await expect(sent).rejects.toThrow("fetch failed");
});
