import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { codeFor, codesOf, openDevice } from "../_support/accounts.ts";
import { DeleteAccount } from "../_support/account-documents.ts";
import { CreateCheckoutSession } from "../_support/billing-documents.ts";
import { buy, startShop, subscriptionOf, type Shop, type Subscriber } from "../_support/billing.ts";

/** The workers look every few seconds. */
const PATIENCE = { timeout: 20_000, interval: 100 };
const DAY_MS = 86_400_000;

let shop: Shop;

beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop.close());
beforeEach(() => {
  shop.newEvents();
  shop.stripe.faults.reset();
});

const planOf = async ({ device }: Pick<Subscriber, "device">) => (await subscriptionOf(device.client)).plan;

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
    await expect.poll(() => planOf(someone), PATIENCE).toBe("BASIC");

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
  test("corrects what no webhook has told, and says so", async () => {
    const { db, workers } = shop.colloquy;
    const device = await openDevice(shop.colloquy);
    const userId = device.tokens.user.id;
    await buy(shop, device.client);
    shop.newEvents();
    const paying = await shop.subscriber();
    shop.stripe.account.cancelNow(paying.subscription.id);
    // None of it is delivered.
    await db.stripeCustomer.updateMany({ data: { nextCheckAt: new Date(0) } });
    await expect.poll(() => planOf({ device }), PATIENCE).toBe("PRO");
    await expect.poll(() => planOf(paying), PATIENCE).toBe("BASIC");
    for (const id of [userId, paying.userId]) {
      await workers[0]!.whenLogged(({ msg, userId: of }) => String(msg).includes("was corrected") && of === id);
    }
    await expect
      .poll(
        () => db.stripeCustomer.count({ where: { nextCheckAt: { lt: new Date(Date.now() + 22 * 3_600_000) } } }),
        PATIENCE,
      )
      .toBe(0);
  });

  test("stops while Stripe is away, and goes on with the others where one alone fails", async () => {
    const { db, workers } = shop.colloquy;
    const [first, second] = [await shop.subscriber(), await shop.subscriber()];
    for (const { subscription } of [first, second]) shop.stripe.account.cancelNow(subscription.id);
    shop.newEvents();
    shop.stripe.faults.fail({ path: /customers/ }, 500, 3);
    for (const [index, { userId }] of [first, second].entries()) {
      await db.stripeCustomer.update({ where: { userId }, data: { nextCheckAt: new Date(index) } });
    }
    await workers[0]!.whenLogged(({ msg }) => msg === "could not reconcile customers");
    shop.stripe.faults.fail({ path: new RegExp(first.customer.id) }, 400);
    await db.stripeCustomer.updateMany({ data: { nextCheckAt: new Date(0) } });
    await expect.poll(() => planOf(second), PATIENCE).toBe("BASIC");
    expect(await planOf(first)).toBe("PRO");
    await db.stripeCustomer.updateMany({ data: { nextCheckAt: new Date(0) } });
    for (const each of [first, second]) await expect.poll(() => planOf(each), PATIENCE).toBe("BASIC");
  });
});

describe("leaving", () => {
  const leave = async ({ device }: Pick<Subscriber, "device">) => {
    const code = await codeFor(shop.colloquy, device.phone, "SIGN_IN");
    return codesOf(await device.client.ask(DeleteAccount, { input: { code } }));
  };

  test("ends the subscription at Stripe and deletes the customer, also when Stripe is away at first", async () => {
    const { db, workers } = shop.colloquy;
    const someone = await shop.subscriber();
    const { customer, subscription } = someone;
    shop.stripe.faults.fail({ method: "DELETE", path: /customers/ }, 500, 3);
    expect(await leave(someone)).toEqual([]);
    await workers[0]!.whenLogged(({ msg }) => msg === "could not forget customers");
    expect(await db.stripeCustomer.findUniqueOrThrow({ where: { id: customer.id } })).toMatchObject({ userId: null });
    await db.stripeCustomer.update({ where: { id: customer.id }, data: { nextCheckAt: new Date(0) } });
    await expect.poll(() => db.stripeCustomer.count({ where: { id: customer.id } }), PATIENCE).toBe(0);
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
    await expect.poll(() => shop.stripe.account.findCustomer(checkout.customer)?.deleted, PATIENCE).toBe(true);
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
    await expect.poll(() => made.deleted, PATIENCE).toBe(true);
    await expect.poll(() => db.stripeCustomer.count({ where: { id: made.id } }), PATIENCE).toBe(0);
  });
});
