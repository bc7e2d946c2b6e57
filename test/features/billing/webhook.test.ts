import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { FakeEvent } from "../../../tools/fakes/stripe-account.ts";
import { openDevice } from "../../_support/accounts.ts";
import { CreateCheckoutSession } from "../../_support/billing-documents.ts";
import { buy, startShop, subscriptionOf, webhookOf, type Shop } from "../../_support/billing.ts";
import { shuffle } from "../../_support/shuffle.ts";
import { SUBSCRIPTION_LIVES } from "../../_support/subscription-lives.ts";

let shop: Shop;

beforeAll(async () => {
  // Without a worker nothing but webhooks changes a plan.
  shop = await startShop({ apis: 2, workers: 0 });
});
afterAll(() => shop.close());
beforeEach(() => {
  shop.newEvents();
  shop.stripe.faults.reset();
});

const post = async (body: string, headers: Record<string, string>, method = "POST") => {
  const sent = method === "POST" ? { body } : {};
  return (await fetch(webhookOf(shop.colloquy.apis[0]), { method, headers, ...sent })).status;
};
const eventsKnown = (ids: readonly string[]) => shop.colloquy.db.stripeEvent.count({ where: { id: { in: [...ids] } } });
const idsOf = (events: readonly FakeEvent[]) => events.map(({ id }) => id);

describe("an event that is not Stripe's", () => {
  test("is refused, and has no effect", async () => {
    const { client } = await openDevice(shop.colloquy);
    await buy(shop, client);
    const [event] = shop.newEvents();
    const body = JSON.stringify(event);
    const now = Math.floor(Date.now() / 1000);
    const { sign } = shop.stripe;
    expect(await post(body, {})).toBe(400);
    expect(await post(body, { "stripe-signature": "t=1,v1=ab" })).toBe(400);
    expect(await post(body.replace("active", "trialing"), sign(body))).toBe(400);
    expect(await post(body, sign(body, now - 360))).toBe(400);
    expect(await post("not JSON", sign("not JSON"))).toBe(400);
    expect(await post(`{"id":"evt_1"}`, sign(`{"id":"evt_1"}`))).toBe(400);
    expect(await post(body, {}, "GET")).toBe(405);
    const huge = JSON.stringify({ ...event, padding: "x".repeat(600_000) });
    expect(await post(huge, sign(huge))).toBe(413);
    expect(await subscriptionOf(client)).toMatchObject({ plan: "BASIC", status: null });
    expect(await eventsKnown([event!.id])).toBe(0);
    // Not too old yet, and from a page that may not call the API: Stripe has no origin, and nobody else a signature.
    expect(await post(body, { ...sign(body, now - 200), origin: "https://evil.example" })).toBe(200);
    expect(await subscriptionOf(client)).toMatchObject({ plan: "PRO" });
  });
});

describe("while a secret is replaced", () => {
  test("events that either of both has signed are Stripe's", async () => {
    const old = shop.stripe.env["STRIPE_WEBHOOK_SECRET"] ?? "";
    for (const secrets of [`whsec_new,${old}`, `${old}, whsec_next`]) {
      const api = await shop.colloquy.startApi({ STRIPE_WEBHOOK_SECRET: secrets });
      const event = shop.stripe.account.emit("customer.tax_id.created", { object: "tax_id" });
      expect(await shop.deliver([event], api)).toEqual([200]);
      await api.kill();
    }
  });
});

describe("what Stripe has signed, and is no event of use", () => {
  test.each<[string, object]>([
    ["an id that cannot be stored", { id: "evt_\0" }],
    ["an id of half a character", { id: "evt_\ud83d" }],
    ["an id that is too long", { id: `evt_${"x".repeat(255)}` }],
    ["a type with a line end", { type: "charge.refunded\n" }],
    ["a time that is none", { created: 1e20 }],
    ["a time before all", { created: -1 }],
    ["a time in parts", { created: 1.5 }],
  ])("is refused once and for all: %s", async (_, changed) => {
    const event = shop.stripe.account.emit("customer.subscription.updated", { object: "subscription" });
    const body = JSON.stringify({ ...event, ...changed });
    expect(await post(body, shop.stripe.sign(body))).toBe(400);
  });

  test("has no effect where whom it is about cannot be stored", async () => {
    const event = shop.stripe.account.emit("invoice.paid", { object: "invoice", customer: "cus_\0" });
    expect(await shop.deliver([event])).toEqual([200]);
  });

  test("is refused by its name: a thin event", async () => {
    const body = JSON.stringify({
      id: "evt_test_65",
      object: "v2.core.event",
      type: "v1.customer.subscription.updated",
      created: "2026-11-26T10:00:00.000Z",
      related_object: { id: "sub_1", type: "subscription", url: "/v1/subscriptions/sub_1" },
    });
    const api = shop.colloquy.apis[0];
    const answer = await fetch(webhookOf(api), { method: "POST", body, headers: shop.stripe.sign(body) });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("thin event (v2.core.event)");
    await api!.whenLogged(({ msg, err }) => /cannot be used/.test(String(msg)) && /thin/.test(JSON.stringify(err)));
  });
});

describe("a flood of what is not Stripe's", () => {
  test.each([
    ["small", "{}"],
    ["large", JSON.stringify({ padding: "x".repeat(500_000) })],
  ])("is refused after 30 a minute of one address, and logged once: %s", async (size, body) => {
    const api = await shop.colloquy.startApi({ TRUST_PROXY: "1" });
    const url = webhookOf(api);
    const from = (address: string, headers: Record<string, string> = {}) =>
      fetch(url, { method: "POST", body, headers: { "x-forwarded-for": address, ...headers } }).then(
        ({ status }) => status,
        () => 429,
      );
    const statuses: number[] = [];
    for (let times = 0; times < 35; times += 1) statuses.push(await from(`2001:db8::${times}`));
    expect(statuses.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 400));
    expect(new Set(statuses.slice(30))).toEqual(new Set([429]));
    // Others are heard, and what is Stripe's never counted.
    expect(await from("203.0.113.9")).toBe(400);
    const event = shop.stripe.account.emit("customer.tax_id.created", { object: "tax_id" });
    const signed = JSON.stringify(event);
    for (let times = 0; times < (size === "small" ? 40 : 1); times += 1) {
      const headers = { ...shop.stripe.sign(signed), "x-forwarded-for": "198.51.100.7" };
      expect((await fetch(url, { method: "POST", body: signed, headers })).status).toBe(200);
    }
    const forged = new Set<Record<string, unknown>>();
    await api.whenLogged((line) => {
      if (line["msg"] === "an event that is not Stripe's") forged.add(line);
      return line["msg"] === "event of Stripe's";
    });
    expect(forged.size).toBe(2);
    await api.kill();
  });

  test("is cut off in the midst of a body without an end", async () => {
    const api = await shop.colloquy.startApi();
    const socket = connect(api.port, "127.0.0.1");
    socket.on("error", () => {});
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.write("POST /webhooks/stripe HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n");
    let sent = 0;
    const piece = `10000\r\n${"x".repeat(65_536)}\r\n`;
    while (!socket.destroyed && sent < 256 * piece.length) {
      sent += piece.length;
      if (!socket.write(piece)) await Promise.race([once(socket, "drain").catch(() => {}), closed]);
    }
    await closed;
    expect(sent).toBeLessThan(16 * 1024 * 1024);
    await api.kill();
  });
});

describe("an event", () => {
  test("of a type that means nothing here is acknowledged, and asks Stripe nothing", async () => {
    const { customer } = await shop.subscriber();
    const before = shop.stripe.requests.length;
    const event = shop.stripe.account.emit("customer.tax_id.created", { object: "tax_id", customer: customer.id });
    expect(await shop.deliver([event])).toEqual([200]);
    expect(shop.stripe.requests).toHaveLength(before);
  });

  test("of a customer who is not ours is acknowledged", async () => {
    const stranger = shop.stripe.account.createCustomer({});
    const event = shop.stripe.account.emit("invoice.paid", { object: "invoice", customer: stranger.id });
    expect(await shop.deliver([event, { ...event, id: "evt_about_nobody", data: { object: {} } }])).toEqual([200, 200]);
  });

  test("has its effect once", async () => {
    const { client } = await openDevice(shop.colloquy);
    await buy(shop, client);
    const [event] = shop.newEvents();
    await shop.deliver([event!]);
    const asked = shop.stripe.requests.length;
    expect(await shop.deliver([event!, event!])).toEqual([200, 200]);
    expect(shop.stripe.requests).toHaveLength(asked);
    expect(await eventsKnown([event!.id])).toBe(1);
  });

  test("that cannot be handled while Stripe is away comes again", async () => {
    const { client } = await openDevice(shop.colloquy);
    await buy(shop, client);
    const [event] = shop.newEvents();
    shop.stripe.faults.fail({ path: /subscriptions/ }, 500, 3);
    expect(await shop.deliver([event!])).toEqual([503]);
    expect(await eventsKnown([event!.id])).toBe(0);
    expect(await shop.deliver([event!])).toEqual([200]);
    expect(await subscriptionOf(client)).toMatchObject({ plan: "PRO" });
  });

  test("says nothing that counts: what Stripe has now is written", async () => {
    const { device, subscription } = await shop.subscriber();
    shop.stripe.account.failRenewal(subscription.id);
    shop.stripe.account.payOwed(subscription.id);
    const events = shop.newEvents();
    for (const event of events.toReversed()) {
      await shop.deliver([event]);
      expect(await subscriptionOf(device.client)).toMatchObject({ plan: "PRO", status: "ACTIVE" });
    }
  });
});

describe("events in any order", () => {
  test.each(Object.keys(SUBSCRIPTION_LIVES))("each three times, to two processes at once: who %s", async (name) => {
    const { client } = await openDevice(shop.colloquy);
    const subscription = await buy(shop, client);
    // Some come while the subscription is still changing.
    const early = shuffle(shop.newEvents());
    const delivering = early.map((event) => shop.deliver([event], shop.colloquy.apis[1]));
    SUBSCRIPTION_LIVES[name]!(shop, subscription.id);
    const events = [...early, ...shop.newEvents()];
    const deliveries = shuffle([...events, ...events, ...events]).map((event, index) =>
      shop.deliver([event], shop.colloquy.apis[index % 2]),
    );
    const statuses = (await Promise.all([...delivering, ...deliveries])).flat();
    expect(new Set(statuses)).toEqual(new Set([200]));

    const atStripe = shop.stripe.account.findSubscription(subscription.id)!;
    expect(await subscriptionOf(client)).toEqual({
      plan: atStripe.status === "active" ? "PRO" : "BASIC",
      status: atStripe.status.toUpperCase(),
      currentPeriodEnd: new Date(atStripe.items.data[0]!.current_period_end * 1000).toISOString(),
      cancelAtPeriodEnd: atStripe.cancel_at_period_end,
    });
    expect(await eventsKnown(idsOf(events))).toBe(events.length);
  });

  test("what was fetched earlier and comes later does not undo what was fetched since", async () => {
    const { stripe, colloquy } = shop;
    const { device, subscription } = await shop.subscriber();
    stripe.account.cancelAtPeriodEnd(subscription.id, true);
    const [older] = shop.newEvents();
    const held = stripe.faults.hold({ path: /subscriptions/ });
    const slow = shop.deliver([older!], colloquy.apis[0]);
    await held.arrived;
    stripe.account.cancelNow(subscription.id);
    expect(await shop.deliver(shop.newEvents(), colloquy.apis[1])).toEqual([200]);
    held.release();
    expect(await slow).toEqual([200]);
    expect(await subscriptionOf(device.client)).toMatchObject({ plan: "BASIC", status: "CANCELED" });
    expect(await eventsKnown([older!.id])).toBe(1);
  });
});

describe("a kill -9 of the API", () => {
  test("between Stripe's answer and the commit loses no event", async () => {
    const { stripe, colloquy } = shop;
    const { client } = await openDevice(colloquy);
    await buy(shop, client);
    const [event] = shop.newEvents();
    const victim = await colloquy.startApi();
    const held = stripe.faults.hold({ path: /subscriptions/ });
    const delivery = shop.deliver([event!], victim).catch(() => ["cut"]);
    await held.arrived;
    await victim.kill();
    held.release();
    expect(await delivery).toEqual(["cut"]);
    expect(await eventsKnown([event!.id])).toBe(0);
    expect(await subscriptionOf(client)).toMatchObject({ plan: "BASIC" });
    expect(await shop.deliver([event!])).toEqual([200]);
    expect(await subscriptionOf(client)).toMatchObject({ plan: "PRO", status: "ACTIVE" });
  });

  test.each([/customers$/, /checkout\/sessions$/])("after Stripe has done %s makes nothing twice", async (path) => {
    const { stripe, colloquy } = shop;
    const device = await openDevice(colloquy);
    const before = stripe.account.customers().length;
    const victim = await colloquy.startApi();
    const dying = colloquy.client(victim);
    dying.useToken(device.client.token());
    const held = stripe.faults.hold({ method: "POST", path });
    const asked = dying.ask(CreateCheckoutSession, {}).catch(() => "cut");
    await held.arrived;
    await victim.kill();
    held.release();
    expect(await asked).toBe("cut");
    const { createCheckoutSession } = await device.client.request(CreateCheckoutSession, {});
    expect(stripe.account.customers()).toHaveLength(before + 1);
    const { customer } = stripe.account.findCheckout(createCheckoutSession.id)!;
    expect(stripe.account.checkoutsOf(customer)).toHaveLength(1);
  });
});
