import { createHmac } from "node:crypto";
import type { Logger } from "./logger.ts";

export type OtpMessage = Readonly<{ phone: string; code: string; expiresAt: Date }>;

/** The way a one-time password takes to its phone. */
export type OtpDelivery = Readonly<{
  /** Whether the code also comes back in the API's answer: for development only. */
  inResponse: boolean;
  /** Whether it may take its time and fail, so that a worker does it. */
  queued: boolean;
  /** @throws when the code could not be delivered; `OtpRefused` when the webhook refused it */
  send(message: OtpMessage): Promise<void>;
}>;

type Options = Readonly<{
  delivery: "response" | "log" | "webhook";
  webhookUrl?: string | undefined;
  webhookSecret?: string | undefined;
}>;

/** Signs each post: see docs/otp-webhook.md. */
const SIGNATURE_HEADER = "x-colloquy-signature";
const WEBHOOK_TIMEOUT_MS = 5_000;
/** Statuses below 500 that pass: a timeout, "too early" and "too many". */
const PASSING = new Set([408, 425, 429]);

/** The webhook answered, and did not take the code. */
export class OtpRefused extends Error {
  override readonly name = "OtpRefused";
  /** Whether the same post may succeed later. */
  readonly retryable: boolean;

  constructor(status: number) {
    super(`OTP_WEBHOOK_URL answered ${status}`);
    this.retryable = status >= 500 || PASSING.has(status);
  }
}

export function createOtpDelivery(config: Options, logger: Logger): OtpDelivery {
  switch (config.delivery) {
    case "response":
      return { inResponse: true, queued: false, send: async () => {} };
    case "log":
      return {
        inResponse: false,
        queued: false,
        send: async ({ phone, code }) => logger.warn({ phone, otp: code }, "one-time password (OTP_DELIVERY=logger)"),
      };
    case "webhook":
      return {
        inResponse: false,
        queued: true,
        send: (message) => postTo(config.webhookUrl ?? "", config.webhookSecret ?? "", message),
      };
  }
}

async function postTo(url: string, secret: string, message: OtpMessage): Promise<void> {
  const body = JSON.stringify(message);
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", [SIGNATURE_HEADER]: sign(secret, body) },
    body,
    // A redirect would make a GET of it, without the code, and call that a success.
    redirect: "manual",
    signal: AbortSignal.timeout(WEBHOOK_TIMEOUT_MS),
  });
  await answer.body?.cancel();
  if (!answer.ok) throw new OtpRefused(answer.status);
}

/** The time in seconds, and the HMAC of it and the body: a post that was overheard is of no use later, or changed. */
function sign(secret: string, body: string): string {
  const time = Math.floor(Date.now() / 1000);
  return `t=${time},v1=${createHmac("sha256", secret).update(`${time}.${body}`).digest("hex")}`;
}
