import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createAppContext, type AppContext } from "../../../src/app-context.ts";
import { expirePlans } from "../../../src/features/billing/expire-plans.ts";
import { forgetCustomers } from "../../../src/features/billing/forget-customers.ts";
import { reconcileCustomers } from "../../../src/features/billing/reconcile-customers.ts";
import { readConfig } from "../../../src/config.ts";
import { createLogger } from "../../../src/platform/logger.ts";
import { codeFor, codesOf, openDevice } from "../../_support/accounts.ts";
import { DeleteAccount } from "../../_support/account-documents.ts";
import { CreateCheckoutSession } from "../../_support/billing-documents.ts";
import { buy, startShop, subscriptionOf, type Shop, type Subscriber } from "../../_support/billing.ts";

const DAY_MS = 86_400_000;

let shop: Shop;
let ctx: AppContext;
const logged: Record<string, unknown>[] = [];

beforeAll(async () => {
  shop = await startShop({ workers: 0 });
  const logger = createLogger(
    { level: "info", name: "test" },
    { write: (line) => void logged.push(JSON.parse(line) as Record<string, unknown>) },
  );
  ctx = createAppContext(readConfig(shop.colloquy.env), "test", { logger });
});
afterAll(async () => {
  await ctx.close();
  await shop.close();
});
beforeEach(() => {
  shop.newEvents();
  shop.stripe.faults.reset();
});

const planOf = async ({ device }: Pick<Subscriber, "device">) => (await subscriptionOf(device.client)).plan;

// What a worker does from time to time, once.
const reconcile = () => reconcileCustomers(ctx, ctx.stripe!, new AbortController().signal);
const forget = () => forgetCustomers(ctx, ctx.stripe!);

describe("a payment that is owed", () => {
  test("keeps Pro for the grace, counted from the first invoice, and then ends it without another event", async () => {
    const { db } = shop.colloquy;
    const someone = await shop.subscriber();
    const { userId, subscription } = someone;
    shop.stripe.account.failRenewal(subscription.id);
    const owedSince = new Date(subscription.latest_invoice.created * 1000);
    await shop.deliver(shop.newEvents());
    expect(await subscriptionOf(someone.device.client)).toMatchObject({ plan: "PRO", status: "PAST_DUE" });
    const { planUntil } = await db.user.findUniqueOrThrow({ where: { id: userId } });
    expect(planUntil).toEqual(new Date(owedSince.getTime() + 7 * DAY_MS));

    const longAgo = new Date(Date.now() - 8 * DAY_MS);
    await db.subscription.update({ where: { userId }, data: { pastDueSince: longAgo } });
    await db.user.update({ where: { id: userId }, data: { planUntil: new Date(longAgo.getTime() + 7 * DAY_MS) } });
    expect(await expirePlans(ctx)).toBe(1);
    expect(await planOf(someone)).toBe("BASIC");

    // Another month that is not paid begins no new grace.
    shop.stripe.account.failRenewal(subscription.id);
    await shop.deliver(shop.newEvents());
    expect(await subscriptionOf(someone.device.client)).toMatchObject({ plan: "BASIC", status: "PAST_DUE" });

    shop.stripe.account.payOwed(subscription.id);
    await shop.deliver(shop.newEvents());
    expect(await subscriptionOf(someone.device.client)).toMatchObject({ plan: "PRO", status: "ACTIVE" });
    expect(await db.subscription.findUniqueOrThrow({ where: { userId } })).toMatchObject({ pastDueSince: null });
  });
});

describe("the daily comparison", () => {
  test("corrects what no webhook has reported, and logs it", async () => {
    const { db } = shop.colloquy;
    const device = await openDevice(shop.colloquy);
    const userId = device.tokens.user.id;
    await buy(shop, device.client);
    shop.newEvents();
    const paying = await shop.subscriber();
    shop.stripe.account.cancelNow(paying.subscription.id);
    // None of it is delivered.
    await db.stripeCustomer.updateMany({ data: { nextCheckAt: new Date(0) } });
    expect(await reconcile()).toMatchObject({ corrected: 2 });
    expect([await planOf({ device }), await planOf(paying)]).toEqual(["PRO", "BASIC"]);
    const corrected = logged.filter(({ msg }) => String(msg).includes("was corrected"));
    expect(new Set(corrected.map((line) => line["userId"]))).toEqual(new Set([userId, paying.userId]));
    const nextCheckAfter = new Date(Date.now() + 22 * 3_600_000);
    expect(await db.stripeCustomer.count({ where: { nextCheckAt: { lt: nextCheckAfter } } })).toBe(0);
  });

  test("stops while Stripe is away, and goes on with the others where one alone fails", async () => {
    const { db } = shop.colloquy;
    const [first, second] = [await shop.subscriber(), await shop.subscriber()];
    for (const { subscription } of [first, second]) shop.stripe.account.cancelNow(subscription.id);
    shop.newEvents();
    shop.stripe.faults.fail({ path: /customers/ }, 500, 3);
    for (const [index, { userId }] of [first, second].entries()) {
      await db.stripeCustomer.update({ where: { userId }, data: { nextCheckAt: new Date(index) } });
    }
    await expect(reconcile()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect([await planOf(first), await planOf(second)]).toEqual(["PRO", "PRO"]);
    shop.stripe.faults.fail({ path: new RegExp(first.customer.id) }, 400);
    await db.stripeCustomer.updateMany({ data: { nextCheckAt: new Date(0) } });
    await reconcile();
    expect([await planOf(first), await planOf(second)]).toEqual(["PRO", "BASIC"]);
    await db.stripeCustomer.updateMany({ data: { nextCheckAt: new Date(0) } });
    await reconcile();
    expect(await planOf(first)).toBe("BASIC");
  });
});

describe("leaving", () => {
  const leave = async ({ device }: Pick<Subscriber, "device">) => {
    const code = await codeFor(shop.colloquy, device.phone, "SIGN_IN");
    return codesOf(await device.client.ask(DeleteAccount, { input: { code } }));
  };

  test("ends the subscription at Stripe and deletes the customer, also when Stripe is away at first", async () => {
    const { db } = shop.colloquy;
    const someone = await shop.subscriber();
    const { customer, subscription } = someone;
    shop.stripe.faults.fail({ method: "DELETE", path: /customers/ }, 500, 3);
    expect(await leave(someone)).toEqual([]);
    await expect(forget()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(await db.stripeCustomer.findUniqueOrThrow({ where: { id: customer.id } })).toMatchObject({ userId: null });
    await db.stripeCustomer.update({ where: { id: customer.id }, data: { nextCheckAt: new Date(0) } });
    expect(await forget()).toBe(1);
    expect(await db.stripeCustomer.count({ where: { id: customer.id } })).toBe(0);
    expect(customer.deleted).toBe(true);
    expect(subscription.status).toBe("canceled");
    expect(await db.subscription.count({ where: { stripeId: subscription.id } })).toBe(0);
    // What Stripe says of it afterwards is about nobody.
    expect(new Set(await shop.deliver(shop.newEvents()))).toEqual(new Set([200]));
  });

  test("closes a checkout that is still open, so that nothing can be paid there any more", async () => {
    const device = await openDevice(shop.colloquy);
    const { createCheckoutSession } = await device.client.request(CreateCheckoutSession, {});
    expect(await leave({ device })).toEqual([]);
    const checkout = shop.stripe.account.findCheckout(createCheckoutSession.id)!;
    await forget();
    expect(shop.stripe.account.findCustomer(checkout.customer)?.deleted).toBe(true);
    expect(checkout.status).toBe("expired");
  });

  test("while the customer is being made leaves none behind", async () => {
    const { db } = shop.colloquy;
    const device = await openDevice(shop.colloquy);
    const held = shop.stripe.faults.hold({ method: "POST", path: /customers$/ });
    const asked = device.client.ask(CreateCheckoutSession, {});
    await held.arrived;
    const made = shop.stripe.account.customers().at(-1)!;
    expect(await leave({ device })).toEqual([]);
    held.release();
    expect(codesOf(await asked)).toEqual(["UNAUTHENTICATED"]);
    await forget();
    expect(made.deleted).toBe(true);
    expect(await db.stripeCustomer.count({ where: { id: made.id } })).toBe(0);
  });
});

test("a worker does all of it by itself, also after a fault", async () => {
  const { db, startWorker } = shop.colloquy;
  const [expiring, left, paying] = [await openDevice(shop.colloquy), await shop.subscriber(), await shop.subscriber()];
  await db.user.update({
    where: { id: expiring.tokens.user.id },
    data: { plan: "PRO", proGrantedUntil: new Date(0), planUntil: new Date(0) },
  });
  const code = await codeFor(shop.colloquy, left.device.phone, "SIGN_IN");
  await left.device.client.request(DeleteAccount, { input: { code } });
  shop.stripe.account.cancelNow(paying.subscription.id);
  const due = () => db.stripeCustomer.updateMany({ data: { nextCheckAt: new Date(0) } });
  await due();
  for (const method of ["GET", "DELETE"]) shop.stripe.faults.fail({ method, path: /customers/ }, 500, 3);

  const worker = await startWorker();
  await Promise.all([
    worker.whenLogged(({ msg }) => msg === "could not reconcile customers"),
    worker.whenLogged(({ msg }) => msg === "could not forget customers"),
  ]);
  await due();
  // It looks every few seconds.
  const patience = { interval: 100 };
  await expect.poll(() => planOf({ device: expiring }), patience).toBe("BASIC");
  await expect.poll(() => planOf(paying), patience).toBe("BASIC");
  await expect.poll(() => left.customer.deleted, patience).toBe(true);
  await worker.whenLogged(({ msg }) => msg === "customers were compared with Stripe");
});

describe("money that goes back", () => {
  test.each(["refund", "dispute"] as const)("by a %s is seen in the log, and the subscription decides", async (how) => {
    const { stripe, colloquy } = shop;
    const { device, customer, subscription } = await shop.subscriber();
    const [charge] = stripe.account.chargesOf(customer.id);
    stripe.account[how](charge!.id);
    expect(await shop.deliver(shop.newEvents())).toEqual([200]);
    await colloquy.apis[0]!.whenLogged(
      ({ msg, customerId, chargeId }) =>
        msg === "money went back to a customer" && customerId === customer.id && chargeId === charge!.id,
    );
    expect(await subscriptionOf(device.client)).toMatchObject({ plan: "PRO", status: "ACTIVE" });
    // What Stripe's own settings can do about it.
    stripe.account.cancelNow(subscription.id);
    await shop.deliver(shop.newEvents());
    expect(await subscriptionOf(device.client)).toMatchObject({ plan: "BASIC", status: "CANCELED" });
  });
});

test("a customer who is deleted at Stripe falls back to Basic", async () => {
  const { device, customer } = await shop.subscriber();
  shop.stripe.account.deleteCustomer(customer.id);
  expect(await shop.deliver(shop.newEvents())).toEqual([200, 200]);
  expect(await subscriptionOf(device.client)).toMatchObject({ plan: "BASIC", status: "CANCELED" });
});

test("of two subscriptions that are paid for, the operator hears", async () => {
  const { stripe, colloquy } = shop;
  const { device, userId, customer, subscription } = await shop.subscriber();
  // By hand, in Stripe's dashboard.
  const extra = stripe.account.pay(
    stripe.account.createCheckout({ customer: customer.id, success_url: "", cancel_url: "", metadata: {} }).id,
  );
  await shop.deliver(shop.newEvents());
  const { subscriptions } = await colloquy.apis[0]!.whenLogged(
    ({ msg, userId: of }) => msg === "more than one subscription is paid for" && of === userId,
  );
  expect(subscriptions).toEqual([extra.id, subscription.id]);
  stripe.account.cancelNow(extra.id);
  await shop.deliver(shop.newEvents());
  expect(await subscriptionOf(device.client)).toMatchObject({ plan: "PRO", status: "ACTIVE" });
});

test("a key of another account takes nobody's plan", async () => {
  const { device, userId } = await shop.subscriber();
  const { id } = await shop.colloquy.db.stripeCustomer.update({
    where: { userId },
    data: { id: `cus_other${userId}` },
  });
  const event = shop.stripe.account.emit("invoice.paid", { object: "invoice", customer: id });
  expect(await shop.deliver([event])).toEqual([500]);
  await shop.colloquy.apis[0]!.whenLogged(({ eventId, outcome }) => eventId === event.id && outcome === "missing");
  expect(await subscriptionOf(device.client)).toMatchObject({ plan: "PRO", status: "ACTIVE" });
});
