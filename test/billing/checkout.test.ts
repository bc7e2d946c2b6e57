import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codesOf, openDevice } from "../_support/accounts.ts";
import { CreateBillingPortalSession, CreateCheckoutSession } from "../_support/billing-documents.ts";
import { APP_URL, buy, startShop, subscriptionOf, webhookOf, type Shop } from "../_support/billing.ts";
import { startColloquy } from "../_support/colloquy.ts";
import { SendMessage } from "../_support/documents.ts";
import { typesOf, watchAccount } from "../_support/watch-account.ts";

let shop: Shop;

beforeAll(async () => {
  shop = await startShop({ apis: 2, workers: 0, env: { BASIC_DAILY_MESSAGES: "1" } });
});
afterAll(() => shop.close());

describe("from checkout to cancel", () => {
  test("the plan follows what happens at Stripe, at once and on every process", async () => {
    const { colloquy, stripe } = shop;
    const { client, phone } = await openDevice(colloquy);
    const elsewhere = (await openDevice(colloquy, phone, colloquy.apis[1])).client;
    const send = async () =>
      codesOf(await elsewhere.ask(SendMessage, { input: { chatroomId: await elsewhere.createRoom(), content: "Hi" } }));
    expect(await subscriptionOf(client)).toEqual({
      plan: "BASIC",
      status: null,
      currentPeriodEnd: null,
      cancelAtPeriodEnd: false,
    });
    expect([await send(), await send()]).toEqual([[], ["QUOTA_EXCEEDED"]]);

    const watch = watchAccount(elsewhere);
    await watch.until(() => typesOf(watch).includes("AccountSnapshot"));
    const subscription = await buy(shop, client);
    expect(await shop.deliver(shop.newEvents())).toEqual([200, 200, 200]);
    const [item] = subscription.items.data;
    expect(await subscriptionOf(elsewhere)).toEqual({
      plan: "PRO",
      status: "ACTIVE",
      currentPeriodEnd: new Date(item!.current_period_end * 1000).toISOString(),
      cancelAtPeriodEnd: false,
    });
    expect(await send()).toEqual([]);
    await watch.until(() => typesOf(watch).includes("PlanChanged"));
    expect(watch.events.find(({ event }) => event.__typename === "PlanChanged")).toMatchObject({
      event: { user: { usage: { limit: null } } },
    });
    watch.stop();

    const { createBillingPortalSession } = await client.request(CreateBillingPortalSession);
    expect(createBillingPortalSession.url).toMatch(/^https:\/\/billing\.stripe\.test\//);
    stripe.account.cancelAtPeriodEnd(subscription.id, true);
    await shop.deliver(shop.newEvents());
    expect(await subscriptionOf(client)).toMatchObject({ plan: "PRO", status: "ACTIVE", cancelAtPeriodEnd: true });

    stripe.account.cancelNow(subscription.id);
    await shop.deliver(shop.newEvents());
    expect(await subscriptionOf(elsewhere)).toMatchObject({ plan: "BASIC", status: "CANCELED" });
    expect(await send()).toEqual(["QUOTA_EXCEEDED"]);

    const again = await buy(shop, client);
    expect(again.customer).toBe(subscription.customer);
    await shop.deliver(shop.newEvents());
    expect(await subscriptionOf(client)).toMatchObject({ plan: "PRO", status: "ACTIVE", cancelAtPeriodEnd: false });
  });

  test.each([
    ["paused", "customer.subscription.paused", "PAUSED", "BASIC"],
    ["active", "customer.subscription.resumed", "ACTIVE", "PRO"],
    ["unpaid", "customer.subscription.updated", "UNPAID", "BASIC"],
    ["trialing", "customer.subscription.updated", "TRIALING", "PRO"],
    ["incomplete_expired", "customer.subscription.updated", "INCOMPLETE_EXPIRED", "BASIC"],
  ])("a subscription that is %s, by %s, means %s and %s", async (atStripe, event, status, plan) => {
    const { device, subscription } = await shop.subscriber();
    shop.stripe.account.setStatus(subscription.id, atStripe, event);
    expect(await shop.deliver(shop.newEvents())).toEqual([200]);
    expect(await subscriptionOf(device.client)).toMatchObject({ status, plan });
  });
});

describe("createCheckoutSession", () => {
  test("leads to one customer and one page, however many calls come at once", async () => {
    const { colloquy, stripe } = shop;
    const device = await openDevice(colloquy);
    const other = await openDevice(colloquy, device.phone, colloquy.apis[1]);
    const before = stripe.account.customers().length;
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => (index % 2 ? device : other).client.request(CreateCheckoutSession, {})),
    );
    expect(new Set(answers.map(({ createCheckoutSession: { id } }) => id)).size).toBe(1);
    expect(stripe.account.customers()).toHaveLength(before + 1);
    expect(stripe.account.customers().at(-1)?.metadata).toEqual({ userId: device.tokens.user.id });
  });

  test("says to Stripe who subscribes to what, and where to come back to", async () => {
    const { client, tokens } = await openDevice(shop.colloquy);
    await client.request(CreateCheckoutSession, { input: { returnPath: "/rooms/1?tab=plan#top" } });
    const asked = shop.stripe.requests.findLast(({ method, path }) => method === "POST" && path.endsWith("sessions"));
    expect(asked).toMatchObject({
      params: {
        mode: "subscription",
        client_reference_id: tokens.user.id,
        line_items: { "0": { price: shop.stripe.env["STRIPE_PRO_PRICE_ID"], quantity: "1" } },
        success_url: `${APP_URL}/rooms/1?tab=plan&checkout=success#top`,
        cancel_url: `${APP_URL}/rooms/1?tab=plan&checkout=cancelled#top`,
      },
      idempotencyKey: expect.stringMatching(/^checkout:/) as string,
    });
  });

  test("closes the page that was open before, where another one is wanted", async () => {
    const { client } = await openDevice(shop.colloquy);
    const first = await client.request(CreateCheckoutSession, {});
    const second = await client.request(CreateCheckoutSession, { input: { returnPath: "/other" } });
    const statusOf = ({ createCheckoutSession: { id } }: typeof first) => shop.stripe.account.findCheckout(id)?.status;
    expect([statusOf(first), statusOf(second)]).toEqual(["expired", "open"]);
    expect(await client.request(CreateCheckoutSession, { input: { returnPath: "/other" } })).toEqual(second);
  });

  test("refuses whoever has subscribed, also when no webhook has said so yet", async () => {
    const { client } = await openDevice(shop.colloquy);
    await buy(shop, client);
    expect(codesOf(await client.ask(CreateCheckoutSession, {}))).toEqual(["ALREADY_SUBSCRIBED"]);
    expect(await subscriptionOf(client)).toMatchObject({ plan: "PRO", status: "ACTIVE" });
  });

  test.each(["//evil.example", "https://evil.example", "/\\evil.example", "settings", "/a b", `/${"a".repeat(500)}`])(
    "does not come back to %j",
    async (returnPath) => {
      const { client } = await openDevice(shop.colloquy);
      const { errors } = await client.ask(CreateCheckoutSession, { input: { returnPath } });
      expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "returnPath" });
    },
  );

  test("makes another customer for whom Stripe has deleted the first", async () => {
    const { device, customer } = await shop.subscriber();
    shop.stripe.account.deleteCustomer(customer.id);
    const made = await device.client.request(CreateCheckoutSession, {});
    const next = shop.stripe.account.findCheckout(made.createCheckoutSession.id);
    expect(next?.customer).not.toBe(customer.id);
    expect(await subscriptionOf(device.client)).toMatchObject({ plan: "BASIC", status: "CANCELED" });
    shop.newEvents();
  });

  test("is UNAVAILABLE while Stripe is, and harmless to repeat after an answer that got lost", async () => {
    const { client } = await openDevice(shop.colloquy);
    const before = shop.stripe.account.customers().length;
    shop.stripe.faults.fail({ path: /customers/ }, 503, 3);
    const refused = await client.ask(CreateCheckoutSession, {});
    expect(refused.errors[0]?.extensions).toMatchObject({ code: "UNAVAILABLE", retryAfter: 5 });
    shop.stripe.faults.cut({ method: "POST", path: /customers$/ });
    shop.stripe.faults.cut({ method: "POST", path: /checkout\/sessions$/ });
    const { createCheckoutSession } = await client.request(CreateCheckoutSession, {});
    expect(shop.stripe.account.customers()).toHaveLength(before + 1);
    const { customer } = shop.stripe.account.findCheckout(createCheckoutSession.id)!;
    expect(shop.stripe.account.checkoutsOf(customer)).toHaveLength(1);
  });
});

test("nobody keeps Stripe busy: 30 visits in 10 minutes", async () => {
  const { client } = await openDevice(shop.colloquy);
  const visit = () => client.ask(CreateBillingPortalSession);
  for (let visits = 0; visits < 30; visits += 1) expect(codesOf(await visit())).toEqual(["NOT_FOUND"]);
  const asked = shop.stripe.requests.length;
  const { errors } = await visit();
  expect(errors[0]?.extensions).toMatchObject({ code: "RATE_LIMITED", retryAfter: expect.any(Number) as number });
  expect(codesOf(await client.ask(CreateCheckoutSession, {}))).toEqual(["RATE_LIMITED"]);
  expect(shop.stripe.requests).toHaveLength(asked);
});

describe("createBillingPortalSession", () => {
  test("has nothing for whoever never began a checkout", async () => {
    const { client } = await openDevice(shop.colloquy);
    expect(codesOf(await client.ask(CreateBillingPortalSession))).toEqual(["NOT_FOUND"]);
  });
});

test("without a key nothing is sold, and everything else goes on", async () => {
  const colloquy = await startColloquy({ workers: 0 });
  try {
    const { client } = await openDevice(colloquy);
    expect(codesOf(await client.ask(CreateCheckoutSession, {}))).toEqual(["BILLING_DISABLED"]);
    expect(codesOf(await client.ask(CreateBillingPortalSession))).toEqual(["BILLING_DISABLED"]);
    expect(await subscriptionOf(client)).toMatchObject({ plan: "BASIC", status: null });
    expect((await fetch(webhookOf(colloquy.apis[0]), { method: "POST", body: "{}" })).status).toBe(404);
  } finally {
    await colloquy.close();
  }
});
