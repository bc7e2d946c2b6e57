import { Stripe } from "stripe";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFakeStripe, type FakeStripe } from "./stripe.ts";

/** The fake as the real SDK sees it. */

let fake: FakeStripe;
let stripe: Stripe;

beforeAll(async () => {
  fake = await startFakeStripe();
  stripe = connect(fake.env["STRIPE_SECRET_KEY"] ?? "");
});
afterAll(() => fake.close());

function connect(key: string): Stripe {
  const { hostname, port } = new URL(fake.url);
  return new Stripe(key, { host: hostname, port, protocol: "http", maxNetworkRetries: 0 });
}

const newCheckout = (customer: string) => ({
  mode: "subscription" as const,
  customer,
  line_items: [{ price: "price_1", quantity: 1 }],
  success_url: "https://chat.example/?checkout=success",
  cancel_url: "https://chat.example/",
  metadata: { userId: "1" },
});

test("a key that is not the account's is refused", async () => {
  await expect(connect("sk_test_other").customers.create({})).rejects.toMatchObject({
    type: "StripeAuthenticationError",
  });
});

test("an idempotency key leads to the first answer, and to no other call", async () => {
  const options = { idempotencyKey: "once" };
  const first = await stripe.customers.create({ metadata: { a: "1" } }, options);
  expect(await stripe.customers.create({ metadata: { a: "1" } }, options)).toMatchObject({ id: first.id });
  await expect(stripe.customers.create({ metadata: { a: "2" } }, options)).rejects.toMatchObject({
    type: "StripeIdempotencyError",
    statusCode: 400,
  });
});

test("a fault of Stripe's own is given again under its key, and comes behind other keys", async () => {
  fake.faults.fail({ path: /customers$/ }, 500);
  const options = { idempotencyKey: "broken" };
  const fault = { statusCode: 500, type: "StripeAPIError" };
  await expect(stripe.customers.create({}, options)).rejects.toMatchObject(fault);
  await expect(stripe.customers.create({}, options)).rejects.toMatchObject({
    ...fault,
    headers: { "idempotent-replayed": "true" },
  });
  await expect(stripe.customers.create({ metadata: { a: "1" } }, options)).rejects.toMatchObject({ statusCode: 400 });
  await stripe.customers.create({}, { idempotencyKey: "another" });
});

test("what is refused is not given again, and an answer that is meets no fault", async () => {
  fake.faults.fail({ path: /customers$/ }, 400);
  const options = { idempotencyKey: "refused" };
  await expect(stripe.customers.create({}, options)).rejects.toMatchObject({ statusCode: 400 });
  const { id } = await stripe.customers.create({}, options);
  fake.faults.fail({ path: /customers$/ }, 500);
  expect(await stripe.customers.create({}, options)).toMatchObject({ id });
  await expect(stripe.customers.create({})).rejects.toMatchObject({ statusCode: 500 });
});

test("a fault after the work has done the work", async () => {
  const before = fake.account.customers().length;
  fake.faults.breakAfter({ path: /customers$/ });
  await expect(stripe.customers.create({})).rejects.toMatchObject({ statusCode: 500 });
  expect(fake.account.customers()).toHaveLength(before + 1);
  const { data } = await stripe.customers.list({ created: { gte: 1 } });
  expect(data).toHaveLength(fake.account.customers().filter(({ deleted }) => !deleted).length);
});

test("what is not there is missing, and what was deleted can be read and not used", async () => {
  const missing = { code: "resource_missing", statusCode: 404 };
  await expect(stripe.customers.retrieve("cus_none")).rejects.toMatchObject(missing);
  await expect(stripe.charges.retrieve("ch_none")).rejects.toMatchObject(missing);
  const { id } = await stripe.customers.create({});
  await stripe.customers.del(id);
  expect(await stripe.customers.retrieve(id)).toMatchObject({ id, deleted: true });
  await expect(stripe.checkout.sessions.create(newCheckout(id))).rejects.toMatchObject(missing);
});

test("a checkout's page pays and sends back, once; the subscription can be listed and cancelled", async () => {
  const { id: customer } = await stripe.customers.create({});
  const { id, url } = await stripe.checkout.sessions.create(newCheckout(customer));
  const paid = await fetch(url!, { redirect: "manual" });
  expect([paid.status, paid.headers.get("location")]).toEqual([303, "https://chat.example/?checkout=success"]);
  expect((await fetch(url!, { redirect: "manual" })).status).toBe(404);
  await expect(stripe.checkout.sessions.expire(id)).rejects.toMatchObject({ statusCode: 404 });

  const list = () =>
    stripe.subscriptions.list({ customer, status: "all", expand: ["data.latest_invoice"] }).then(({ data }) => data);
  const [subscription] = await list();
  expect(subscription).toMatchObject({ status: "active", latest_invoice: { status: "paid" } });
  await stripe.subscriptions.cancel(subscription!.id);
  expect(await list()).toMatchObject([{ status: "canceled" }]);
  expect(fake.account.events.slice(-4).map(({ type }) => type)).toEqual([
    "customer.subscription.created",
    "checkout.session.completed",
    "invoice.paid",
    "customer.subscription.deleted",
  ]);
});

test("an event is signed so that the SDK takes it", () => {
  const event = fake.account.emit("invoice.paid", { object: "invoice", customer: "cus_1" });
  const body = JSON.stringify(event);
  const secret = fake.env["STRIPE_WEBHOOK_SECRET"] ?? "";
  const signature = fake.sign(body)["stripe-signature"] ?? "";
  expect(stripe.webhooks.constructEvent(body, signature, secret)).toMatchObject({ id: event.id });
  expect(() => stripe.webhooks.constructEvent(`${body} `, signature, secret)).toThrow(/signature/);
});
