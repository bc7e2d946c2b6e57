import { realpathSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Stripe } from "stripe";
import { createStripeAccount, type FakeEvent, type StripeAccount } from "./stripe-account.ts";
import { createFaults, type Fault, type Faults } from "./stripe-faults.ts";
import { createIdempotency } from "./stripe-idempotency.ts";
import { readParams, type Params } from "./stripe-params.ts";
import { answerApi, refuse, type ApiAnswer, type ApiRequest } from "./stripe-routes.ts";
import { createWaiters } from "./waiters.ts";

export type StripeRequest = Readonly<{ method: string; path: string; params: Params; idempotencyKey?: string }>;

export type FakeStripe = Readonly<{
  url: string;
  /** The settings with which Colloquy takes it for Stripe. */
  env: Readonly<Record<string, string>>;
  /** What happens at Stripe, beside what the API is asked for. */
  account: StripeAccount;
  faults: Pick<Faults, "fail" | "breakAfter" | "cut" | "hold" | "reset">;
  /** Every request to the API, oldest first. */
  requests: readonly StripeRequest[];
  /** A body and its header, signed by Stripe's SDK; `at` is when, in seconds since 1970. */
  sign(body: string, at?: number): Record<string, string>;
  /** Posts an event to a webhook once, as Stripe does, and returns the status of the answer. */
  deliver(event: FakeEvent, webhookUrl: string): Promise<number>;
  close(): Promise<void>;
}>;

export type FakeStripeOptions = Readonly<{
  /** 0, the default, takes a free port. */
  port?: number;
  /** Gets each event as soon as it is made, and again after a failure. */
  webhookUrl?: string | undefined;
}>;

const SECRET_KEY = "sk_test_stand_in";
const WEBHOOK_SECRET = "whsec_stand_in";
const PRICE_ID = "price_stand_in";
const DELIVERY_LIMIT_MS = 30_000;
const REDELIVERY_MS = 2_000;

/**
 * Starts a local server that speaks as much of Stripe's HTTP API (https://docs.stripe.com/api) as Colloquy uses, to
 * Stripe's own SDK. It never calls anybody but the webhook. Its checkout pages pay when they are opened.
 */
export async function startFakeStripe(options: FakeStripeOptions = {}): Promise<FakeStripe> {
  const stripe = new Stripe(SECRET_KEY);
  const requests: StripeRequest[] = [];
  const waiters = createWaiters();
  const faults = createFaults(waiters);
  const idempotency = createIdempotency();
  const redeliveries = new Set<NodeJS.Timeout>();
  let url = "";
  const account = createStripeAccount(
    (id) => `${url}/pay/${id}`,
    (event) => {
      if (options.webhookUrl !== undefined) void redeliver(event, options.webhookUrl);
    },
  );

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(request.url ?? "/", "http://fake");
    const [, checkoutId] = /^\/pay\/(\w+)$/.exec(pathname) ?? [];
    if (checkoutId !== undefined) return payPage(account, checkoutId, response);

    const encoded = request.method === "POST" ? await readText(request) : search;
    const method = request.method ?? "GET";
    const call = { method, path: pathname, params: readParams(encoded) };
    const key = request.headers["idempotency-key"];
    const idempotencyKey = typeof key === "string" ? key : undefined;
    requests.push({ ...call, ...(idempotencyKey !== undefined && { idempotencyKey }) });
    waiters.changed();
    if (request.headers.authorization !== `Bearer ${SECRET_KEY}`) {
      return send(response, refuse(401, "api_key_invalid", "Invalid API Key provided"));
    }

    // Faults come behind the keys, as at Stripe: an answer that is given again meets none.
    let fault: Fault | undefined;
    const done = await idempotency.run(idempotencyKey, `${method} ${pathname} ${encoded}`, async () => {
      fault = faults.take(method, pathname);
      return carryOut(account, call, fault);
    });
    if (fault?.kind === "cut") return void response.destroy();
    if (fault?.kind === "held") await fault.until;
    return send(response, done);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) return response.destroy();
      return send(response, refuse(500, "stand_in", String(error), "api_error"));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  function sign(body: string, at?: number): Record<string, string> {
    const timestamp = at === undefined ? {} : { timestamp: at };
    const header = stripe.webhooks.generateTestHeaderString({ payload: body, secret: WEBHOOK_SECRET, ...timestamp });
    return { "content-type": "application/json; charset=utf-8", "stripe-signature": header };
  }

  async function deliver(event: FakeEvent, webhookUrl: string): Promise<number> {
    const body = JSON.stringify(event, null, 2);
    const signal = AbortSignal.timeout(DELIVERY_LIMIT_MS);
    const said = await fetch(webhookUrl, { method: "POST", headers: sign(body), body, signal });
    await said.body?.cancel();
    return said.status;
  }

  async function redeliver(event: FakeEvent, webhookUrl: string): Promise<void> {
    const status = await deliver(event, webhookUrl).catch(() => 0);
    console.log(`${event.type} ${event.id}: ${status || "nobody there"}`);
    if (status >= 200 && status < 300) return;
    const timer = setTimeout(() => {
      redeliveries.delete(timer);
      void redeliver(event, webhookUrl);
    }, REDELIVERY_MS);
    redeliveries.add(timer);
  }

  return {
    url,
    env: {
      STRIPE_SECRET_KEY: SECRET_KEY,
      STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
      STRIPE_PRO_PRICE_ID: PRICE_ID,
      STRIPE_API_BASE: url,
    },
    account,
    faults,
    requests,
    sign,
    deliver,
    async close() {
      for (const timer of redeliveries) clearTimeout(timer);
      waiters.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function carryOut(account: StripeAccount, call: ApiRequest, fault: Fault | undefined): ApiAnswer {
  if (fault?.kind === "status") {
    const { code = "stand_in", message = "a planned fault", param } = fault.error;
    return refuse(fault.status, code, message, fault.status < 500 ? undefined : "api_error", param);
  }
  const done = answerApi(account, call);
  return fault?.kind === "broken" ? refuse(500, "stand_in", "a planned fault", "api_error") : done;
}

/** Pays at once, and sends the person back. */
function payPage(account: StripeAccount, checkoutId: string, response: ServerResponse): void {
  const checkout = account.findCheckout(checkoutId);
  if (checkout?.status !== "open") return void response.writeHead(404).end("This page has closed.\n");
  account.pay(checkoutId);
  response.writeHead(303, { location: checkout.success_url }).end();
}

function send(response: ServerResponse, { status, body, headers }: ApiAnswer): void {
  response.writeHead(status, { "content-type": "application/json", "request-id": "req_stand_in", ...headers });
  response.end(JSON.stringify(body));
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** Runs the fake by itself until SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "4020" },
      webhook: { type: "string", default: "http://127.0.0.1:4000/webhooks/stripe" },
    },
  });
  const fake = await startFakeStripe({ port: Number(values.port), webhookUrl: values.webhook });
  const stop = (): void => void fake.close();
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  console.log(`Stripe's fake listens on ${fake.url}, and posts its events to ${values.webhook}. Settings for it:`);
  for (const [name, value] of Object.entries(fake.env)) console.log(`${name}=${value}`);
}

const started = process.argv[1];
if (started !== undefined && import.meta.url === pathToFileURL(realpathSync(started)).href) await main();
