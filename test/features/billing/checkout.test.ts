import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codesOf, openDevice } from "../../_support/accounts.ts";
import { CreateBillingPortalSession, CreateCheckoutSession } from "../../_support/billing-documents.ts";
import { APP_URL, buy, startShop, subscriptionOf, webhookOf, type Shop } from "../../_support/billing.ts";
import { SendMessage } from "../../_support/documents.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";
import { typesOf, watchAccount } from "../../_support/watch-account.ts";

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

  test("refuses a user who has subscribed, also when no webhook has come yet", async () => {
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

describe("an answer of 500, which Stripe gives again for a day under the same key,", () => {
  test.each([/customers$/, /checkout\/sessions$/])("to %s closes the shop for one call", async (path) => {
    const { stripe } = shop;
    const { client } = await openDevice(shop.colloquy);
    const before = stripe.account.customers().length;
    for (let times = 0; times < 2; times += 1) {
      stripe.faults.fail({ method: "POST", path }, 500);
      const { errors } = await client.ask(CreateCheckoutSession, {});
      expect(errors[0]?.extensions).toMatchObject({ code: "UNAVAILABLE", retryAfter: 5 });
    }
    const { createCheckoutSession } = await client.request(CreateCheckoutSession, {});
    expect(await client.request(CreateCheckoutSession, {})).toEqual({ createCheckoutSession });
    expect(stripe.account.customers()).toHaveLength(before + 1);
  });

  test("makes nothing twice when it was carried out all the same", async () => {
    const { stripe, colloquy } = shop;
    const device = await openDevice(colloquy);
    const other = await openDevice(colloquy, device.phone, colloquy.apis[1]);
    const before = stripe.account.customers().length;
    stripe.faults.breakAfter({ method: "POST", path: /customers$/ });
    expect(codesOf(await device.client.ask(CreateCheckoutSession, {}))).toEqual(["UNAVAILABLE"]);
    stripe.faults.breakAfter({ method: "POST", path: /checkout\/sessions$/ });
    expect(codesOf(await other.client.ask(CreateCheckoutSession, {}))).toEqual(["UNAVAILABLE"]);
    const made = await Promise.all(
      [device, other, device, other].map(({ client }) => client.request(CreateCheckoutSession, {})),
    );
    expect(new Set(made.map(({ createCheckoutSession: { id } }) => id)).size).toBe(1);
    expect(stripe.account.customers()).toHaveLength(before + 1);
    const { customer } = stripe.account.findCheckout(made[0]!.createCheckoutSession.id)!;
    expect(stripe.account.checkoutsOf(customer)).toHaveLength(1);
  });

  test("leads all who call at once to one new key", async () => {
    const { stripe, colloquy } = shop;
    const device = await openDevice(colloquy);
    const other = await openDevice(colloquy, device.phone, colloquy.apis[1]);
    const before = stripe.account.customers().length;
    stripe.faults.fail({ method: "POST", path: /customers$/ }, 500);
    await Promise.all([device, other].map(({ client }) => client.ask(CreateCheckoutSession, {})));
    await Promise.all(
      Array.from({ length: 6 }, (_, index) => (index % 2 ? device : other).client.request(CreateCheckoutSession, {})),
    );
    expect(stripe.account.customers()).toHaveLength(before + 1);
  });
});

describe("what Stripe refuses", () => {
  const PRICE = { code: "resource_missing", param: "line_items[0][price]", message: "No such price: 'price_stand_in'" };

  test.each([
    ["a key that was rolled", /customers/, 401, { code: "api_key_expired" }, "STRIPE_SECRET_KEY is not valid"],
    ["a key that may do less", /customers/, 403, { code: "more_permissions_required" }, "STRIPE_SECRET_KEY may not"],
    ["a price that is not there", /checkout/, 400, PRICE, "is STRIPE_PRO_PRICE_ID a price"],
    ["a price that is not active", /checkout/, 400, { message: "The price specified is inactive." }, "see Stripe's"],
    ["another currency", /checkout/, 400, { message: "You cannot combine currencies." }, "see Stripe's message"],
  ])("is shown to the operator, and to nobody else: %s", async (_, path, status, error, hint) => {
    const { stripe, colloquy } = shop;
    const { client } = await openDevice(colloquy);
    stripe.faults.fail({ method: "POST", path }, status, 1, error);
    const refused = await client.ask(CreateCheckoutSession, {});
    expect(refused.errors[0]?.extensions).toEqual({ code: "BILLING_UNAVAILABLE" });
    expect(JSON.stringify(refused.errors)).not.toMatch(/STRIPE_|price|key/i);
    await colloquy.apis[0]!.whenLogged(
      ({ msg, hint: said }) => msg === "Stripe refuses what Colloquy asks for" && String(said).startsWith(hint),
    );
    // Once the operator has mended it.
    await client.request(CreateCheckoutSession, {});
  });

  test("to open the portal is so as well", async () => {
    const { device } = await shop.subscriber();
    shop.stripe.faults.fail({ path: /billing_portal/ }, 400, 1, { message: "No configuration provided" });
    expect(codesOf(await device.client.ask(CreateBillingPortalSession))).toEqual(["BILLING_UNAVAILABLE"]);
    await device.client.request(CreateBillingPortalSession);
  });
});

test("a subscription that is cancelled in the midst of its period ends then", async () => {
  const { device, subscription } = await shop.subscriber();
  const end = subscription.items.data[0]!.current_period_end - 10 * 86_400;
  shop.stripe.account.cancelAt(subscription.id, end);
  await shop.deliver(shop.newEvents());
  expect(await subscriptionOf(device.client)).toMatchObject({
    plan: "PRO",
    currentPeriodEnd: new Date(end * 1000).toISOString(),
    cancelAtPeriodEnd: true,
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
  test("has nothing for a user who never began a checkout", async () => {
    const { client } = await openDevice(shop.colloquy);
    expect(codesOf(await client.ask(CreateBillingPortalSession))).toEqual(["NOT_FOUND"]);
  });
});

test("without a key nothing is sold, and everything else goes on", async () => {
  const colloquy = await shareColloquy({ workers: 0 });
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
