import type { FakeCustomer, FakeEvent, FakeSubscription } from "../../tools/fakes/stripe-account.ts";
import { startFakeStripe, type FakeStripe } from "../../tools/fakes/stripe.ts";
import { openDevice, type DeviceOf } from "./accounts.ts";
import { CreateCheckoutSession, GetSubscription } from "./billing-documents.ts";
import type { ResultOf } from "./client-types.ts";
import type { TestClient } from "./client.ts";
import { startColloquy, type Colloquy, type ColloquyOptions } from "./colloquy.ts";
import type { TestProcess } from "./processes.ts";

export type PlanSubscription = NonNullable<ResultOf<typeof GetSubscription>["me"]>["subscription"];

/** A Colloquy that sells Pro through Stripe's fake. Its webhooks are delivered when a test says so. */
export type Shop = Readonly<{
  colloquy: Colloquy;
  stripe: FakeStripe;
  /** The events made since the last call, oldest first. */
  newEvents(): FakeEvent[];
  /** Delivers events one after the other, to the first API unless another is named, and returns the statuses. */
  deliver(events: readonly FakeEvent[], api?: TestProcess): Promise<number[]>;
  /** Signs somebody in who subscribes; Colloquy has heard of it. */
  subscriber(): Promise<Subscriber>;
  close(): Promise<void>;
}>;

export type Subscriber = Readonly<{
  device: DeviceOf;
  userId: string;
  customer: FakeCustomer;
  subscription: FakeSubscription;
}>;

export const APP_URL = "https://chat.example";

export async function startShop(options: ColloquyOptions = {}): Promise<Shop> {
  const stripe = await startFakeStripe();
  const colloquy = await startColloquy({ ...options, env: { APP_URL, ...stripe.env, ...options.env } });
  let taken = 0;

  const shop: Shop = {
    colloquy,
    stripe,
    newEvents() {
      const fresh = stripe.account.events.slice(taken);
      taken += fresh.length;
      return fresh;
    },
    async deliver(events, api = colloquy.apis[0]) {
      const statuses: number[] = [];
      for (const event of events) statuses.push(await stripe.deliver(event, webhookOf(api)));
      return statuses;
    },
    async subscriber() {
      const device = await openDevice(colloquy);
      const userId = device.tokens.user.id;
      const subscription = await buy(shop, device.client);
      await shop.deliver(shop.newEvents());
      const customer = stripe.account.findCustomer(subscription.customer);
      if (!customer) throw new Error("the subscription has no customer");
      return { device, userId, customer, subscription };
    },
    async close() {
      await colloquy.close();
      await stripe.close();
    },
  };
  return shop;
}

export function webhookOf(api: TestProcess | undefined): string {
  if (!api) throw new Error("no API was started");
  return `http://127.0.0.1:${api.port}/webhooks/stripe`;
}

/** Goes through a checkout and pays; Colloquy has not heard of it yet. */
export async function buy(shop: Shop, client: TestClient): Promise<FakeSubscription> {
  const { createCheckoutSession } = await client.request(CreateCheckoutSession, {});
  return shop.stripe.account.pay(createCheckoutSession.id);
}

export async function subscriptionOf(client: TestClient): Promise<PlanSubscription> {
  const { me } = await client.request(GetSubscription);
  if (!me) throw new Error("nobody is signed in");
  return me.subscription;
}
