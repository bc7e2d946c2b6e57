import type { Stripe } from "stripe";
import type { Logger } from "../logger.ts";
import { isMissing, mapRefusal, mapUnavailable } from "./errors.ts";
import { readStripeEvent, type ReceivedEvent } from "./events.ts";
import { readSubscription, toDate, type StripeSubscription } from "./subscriptions.ts";

export type StripeConfig = Readonly<{
  secretKey: string;
  /** Each of them signs. */
  webhookSecrets: readonly string[];
  proPriceId: string;
  /** Another address that speaks Stripe's API. */
  apiBase?: string | undefined;
}>;

/** What Stripe knows of a customer. `missing`: this account, or this mode of it, has never had one of that id. */
export type CustomerAtStripe =
  | Readonly<{ kind: "known"; subscriptions: readonly StripeSubscription[] }>
  | Readonly<{ kind: "deleted" }>
  | Readonly<{ kind: "missing" }>;

/** A page of Stripe's on which a person subscribes. */
export type Checkout = Readonly<{ id: string; url: string; expiresAt: Date }>;

/** A checkout as it was asked for. */
export type NewCheckout = Readonly<{
  customerId: string;
  userId: string;
  successUrl: string;
  cancelUrl: string;
  idempotencyKey: string;
}>;

/** The newest checkout of a customer; `open` has what is needed to send the user there again. */
export type LastCheckout = Readonly<{ id: string; open: (Checkout & { successUrl: string; priceId: string }) | null }>;

/**
 * Stripe, as far as Colloquy needs it. Each call ends within `TIMEOUT_MS` a try, and throws `StripeUnavailable` when Stripe
 * is unavailable, and `DomainError` `BILLING_UNAVAILABLE` when it refuses, unless it says otherwise.
 */
export type StripeApi = Readonly<{
  /** @returns the customer's id */
  createCustomer(userId: string, idempotencyKey: string): Promise<string>;
  /** @returns the newest customer made for a user since then; null without one */
  findCustomer(userId: string, since: Date): Promise<string | null>;
  readCustomer(customerId: string): Promise<CustomerAtStripe>;
  /**
   * Deletes the customer, which ends all its subscriptions at once, after everything that can still be paid is closed.
   *
   * @throws Stripe's own error when it refuses
   */
  deleteCustomer(customerId: string): Promise<void>;
  readLastCheckout(customerId: string): Promise<LastCheckout | null>;
  /** The same idempotency key leads to the same checkout. */
  createCheckout(checkout: NewCheckout): Promise<Checkout>;
  /** Closes an open checkout, so that it can no longer be paid. @throws Stripe's own error when it refuses */
  expireCheckout(checkoutId: string): Promise<void>;
  /** @returns the address of a page on which the customer changes card and subscription */
  createPortal(customerId: string, returnUrl: string): Promise<string>;
  /** Ends a subscription at once; one that has ended already stays ended. @throws Stripe's own error when it refuses */
  cancelSubscription(subscriptionId: string): Promise<void>;
  /** @returns the customer that a charge was made to; null for a charge without one */
  readChargedCustomer(chargeId: string): Promise<string | null>;
  /**
   * @param body as it came, byte for byte
   * @throws {ForgedEvent} when the signature is not Stripe's, or too old; {UnusableEvent} when it is no event
   */
  readEvent(body: Buffer, signature: string): Promise<ReceivedEvent>;
}>;

/** A try at a call, in milliseconds. */
const TIMEOUT_MS = 5_000;
/** Tries after the first. The SDK waits between half a second and five, and repeats a call under the same key. */
const MAX_RETRIES = 2;
/** A customer with more subscriptions than that has been played with; the newest come first. */
const MAX_SUBSCRIPTIONS = 100;
/** New customers that are looked through for one. */
const MAX_NEW_CUSTOMERS = 1_000;

/** Stripe over its own SDK, which is loaded with the first call. Opens nothing. */
export function createStripe(config: StripeConfig, logger: Logger): StripeApi {
  let loading: Promise<Stripe> | undefined;

  /** Throws what Stripe refuses as it is. */
  async function tell<T>(call: (stripe: Stripe) => Promise<T>): Promise<T> {
    const stripe = await (loading ??= load(config));
    try {
      return await call(stripe);
    } catch (error) {
      throw mapUnavailable(error, logger);
    }
  }

  async function ask<T>(call: (stripe: Stripe) => Promise<T>): Promise<T> {
    try {
      return await tell(call);
    } catch (error) {
      throw mapRefusal(error, logger);
    }
  }

  async function listOpenCheckouts(customer: string): Promise<string[]> {
    const { data } = await tell((stripe) => stripe.checkout.sessions.list({ customer, status: "open", limit: 100 }));
    return data.map(({ id }) => id);
  }

  const api: StripeApi = {
    async createCustomer(userId, idempotencyKey) {
      const { id } = await ask((stripe) => stripe.customers.create({ metadata: { userId } }, { idempotencyKey }));
      return id;
    },

    async findCustomer(userId, since) {
      const created = { gte: Math.floor(since.getTime() / 1000) };
      const made = await ask((stripe) =>
        stripe.customers.list({ created, limit: 100 }).autoPagingToArray({ limit: MAX_NEW_CUSTOMERS }),
      );
      return made.find(({ metadata }) => metadata["userId"] === userId)?.id ?? null;
    },

    async readCustomer(customerId) {
      try {
        const customer = await tell((stripe) => stripe.customers.retrieve(customerId));
        if (customer.deleted) return { kind: "deleted" };
        const { data } = await tell((stripe) =>
          stripe.subscriptions.list({
            customer: customerId,
            status: "all",
            limit: MAX_SUBSCRIPTIONS,
            expand: ["data.latest_invoice"],
          }),
        );
        return { kind: "known", subscriptions: data.map(readSubscription) };
      } catch (error) {
        if (isMissing(error)) return { kind: "missing" };
        throw mapRefusal(error, logger);
      }
    },

    async deleteCustomer(customerId) {
      try {
        for (const checkout of await listOpenCheckouts(customerId)) await api.expireCheckout(checkout);
        await tell((stripe) => stripe.customers.del(customerId));
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    },

    async readLastCheckout(customer) {
      const { data } = await ask((stripe) => stripe.checkout.sessions.list({ customer, limit: 1 }));
      const [last] = data;
      if (!last) return null;
      const { id, status, url, expires_at, success_url: successUrl, metadata } = last;
      const priceId = metadata?.["priceId"];
      if (status !== "open") return { id, open: null };
      if (!url || !successUrl || priceId === undefined) return { id, open: null };
      return { id, open: { id, url, expiresAt: toDate(expires_at), successUrl, priceId } };
    },

    async createCheckout({ customerId, userId, successUrl, cancelUrl, idempotencyKey }) {
      const { id, url, expires_at } = await ask((stripe) =>
        stripe.checkout.sessions.create(
          {
            mode: "subscription",
            customer: customerId,
            client_reference_id: userId,
            line_items: [{ price: config.proPriceId, quantity: 1 }],
            success_url: successUrl,
            cancel_url: cancelUrl,
            metadata: { userId, priceId: config.proPriceId },
            subscription_data: { metadata: { userId } },
          },
          { idempotencyKey },
        ),
      );
      if (!url) throw new Error("Stripe gave a checkout without an address");
      return { id, url, expiresAt: toDate(expires_at) };
    },

    async expireCheckout(checkoutId) {
      await tell((stripe) => stripe.checkout.sessions.expire(checkoutId));
    },

    async createPortal(customer, returnUrl) {
      const { url } = await ask((stripe) => stripe.billingPortal.sessions.create({ customer, return_url: returnUrl }));
      return url;
    },

    async cancelSubscription(subscriptionId) {
      try {
        await tell((stripe) => stripe.subscriptions.cancel(subscriptionId));
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    },

    async readChargedCustomer(chargeId) {
      const { customer } = await ask((stripe) => stripe.charges.retrieve(chargeId));
      return typeof customer === "string" ? customer : (customer?.id ?? null);
    },

    async readEvent(body, signature) {
      return readStripeEvent(await (loading ??= load(config)), body, signature, config.webhookSecrets);
    },
  };
  return api;
}

async function load({ secretKey, apiBase }: StripeConfig): Promise<Stripe> {
  const { Stripe: Client } = await import("stripe");
  return new Client(secretKey, {
    timeout: TIMEOUT_MS,
    maxNetworkRetries: MAX_RETRIES,
    telemetry: false,
    appInfo: { name: "colloquy" },
    ...(apiBase !== undefined && readBase(apiBase)),
  });
}

function readBase(apiBase: string): { protocol: "http" | "https"; host: string; port: string } {
  const { protocol, hostname, port } = new URL(apiBase);
  const plain = protocol === "http:";
  return { protocol: plain ? "http" : "https", host: hostname, port: port || (plain ? "80" : "443") };
}
