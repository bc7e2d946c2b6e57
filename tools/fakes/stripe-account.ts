import { randomBytes } from "node:crypto";

export type FakeCustomer = { id: string; object: "customer"; deleted?: true; metadata: Record<string, string> };

export type FakeInvoice = {
  id: string;
  object: "invoice";
  customer: string;
  status: "open" | "paid" | "void";
  created: number;
};

export type FakeSubscription = {
  id: string;
  object: "subscription";
  customer: string;
  status: string;
  created: number;
  cancel_at: number | null;
  cancel_at_period_end: boolean;
  items: { object: "list"; data: { id: string; object: "subscription_item"; current_period_end: number }[] };
  latest_invoice: FakeInvoice;
  metadata: Record<string, string>;
};

export type FakeCheckout = {
  id: string;
  object: "checkout.session";
  customer: string;
  status: "open" | "complete" | "expired";
  url: string | null;
  success_url: string;
  cancel_url: string;
  expires_at: number;
  metadata: Record<string, string>;
  subscription: string | null;
};

export type FakeCharge = { id: string; object: "charge"; customer: string; refunded: boolean; disputed: boolean };

export type FakeEvent = {
  id: string;
  object: "event";
  type: string;
  created: number;
  api_version: string;
  livemode: false;
  data: { object: Record<string, unknown> };
};

const MONTH_S = 30 * 86_400;

export type StripeAccount = ReturnType<typeof createStripeAccount>;

/**
 * What happens in an account at Stripe: what the API does, and what people and banks do. Each change makes the events
 * that Stripe makes, with the object as it is at that moment.
 *
 * @param onEvent called with each event as it is made
 */
export function createStripeAccount(checkoutUrl: (id: string) => string, onEvent: (event: FakeEvent) => void) {
  const customers = new Map<string, FakeCustomer>();
  const subscriptions = new Map<string, FakeSubscription>();
  const checkouts = new Map<string, FakeCheckout>();
  const charges = new Map<string, FakeCharge>();
  const events: FakeEvent[] = [];

  function emit(type: string, object: object): FakeEvent {
    const data = { object: structuredClone(object) as Record<string, unknown> };
    const event = { id: newId("evt"), object: "event", type, created: nowS(), api_version: "fake", data } as const;
    const made: FakeEvent = { ...event, livemode: false };
    events.push(made);
    onEvent(made);
    return made;
  }

  const newInvoice = (customer: string, status: FakeInvoice["status"]): FakeInvoice => ({
    id: newId("in"),
    object: "invoice",
    customer,
    status,
    created: nowS(),
  });

  const account = {
    events: events as readonly FakeEvent[],

    createCustomer(metadata: Record<string, string>): FakeCustomer {
      const customer: FakeCustomer = { id: newId("cus"), object: "customer", metadata };
      customers.set(customer.id, customer);
      return customer;
    },
    customers: (): FakeCustomer[] => [...customers.values()],
    findCustomer: (id: string) => customers.get(id),
    /** Ends all its subscriptions at once, and says so. */
    deleteCustomer(id: string): void {
      const customer = need(customers, id);
      for (const { id: subscription } of account.subscriptionsOf(id)) account.cancelNow(subscription);
      customer.deleted = true;
      emit("customer.deleted", customer);
    },

    createCheckout(asked: Pick<FakeCheckout, "customer" | "success_url" | "cancel_url" | "metadata">): FakeCheckout {
      const id = newId("cs_test");
      const checkout: FakeCheckout = {
        ...asked,
        id,
        object: "checkout.session",
        status: "open",
        url: checkoutUrl(id),
        expires_at: nowS() + 86_400,
        subscription: null,
      };
      checkouts.set(id, checkout);
      return checkout;
    },
    /** Newest first, as Stripe lists everything. */
    checkoutsOf: (customer: string): FakeCheckout[] => ofCustomer(checkouts, customer),
    findCheckout: (id: string) => checkouts.get(id),
    expireCheckout(id: string): FakeCheckout {
      const checkout = need(checkouts, id);
      Object.assign(checkout, { status: "expired", url: null });
      return checkout;
    },

    /** A person pays on the checkout's page. */
    pay(checkoutId: string): FakeSubscription {
      const checkout = need(checkouts, checkoutId);
      if (checkout.status !== "open") throw new Error(`${checkoutId} is ${checkout.status}`);
      const { customer } = checkout;
      const subscription: FakeSubscription = {
        id: newId("sub"),
        object: "subscription",
        customer,
        status: "active",
        created: nowS(),
        cancel_at: null,
        cancel_at_period_end: false,
        items: {
          object: "list",
          data: [{ id: newId("si"), object: "subscription_item", current_period_end: nowS() + MONTH_S }],
        },
        latest_invoice: newInvoice(customer, "paid"),
        metadata: checkout.metadata,
      };
      subscriptions.set(subscription.id, subscription);
      const charge: FakeCharge = { id: newId("ch"), object: "charge", customer, refunded: false, disputed: false };
      charges.set(charge.id, charge);
      Object.assign(checkout, { status: "complete", url: null, subscription: subscription.id });
      emit("customer.subscription.created", subscription);
      emit("checkout.session.completed", checkout);
      emit("invoice.paid", subscription.latest_invoice);
      return subscription;
    },
    subscriptionsOf: (customer: string): FakeSubscription[] => ofCustomer(subscriptions, customer),
    findSubscription: (id: string) => subscriptions.get(id),

    /** The card is refused when the next period begins, or the bank wants its owner to confirm. */
    failRenewal(id: string, because: "payment_failed" | "payment_action_required" = "payment_failed"): void {
      const subscription = need(subscriptions, id);
      subscription.status = "past_due";
      subscription.latest_invoice = newInvoice(subscription.customer, "open");
      emit(`invoice.${because}`, subscription.latest_invoice);
      emit("customer.subscription.updated", subscription);
    },
    /** What is owed is paid. */
    payOwed(id: string): void {
      const subscription = need(subscriptions, id);
      subscription.latest_invoice.status = "paid";
      subscription.status = "active";
      emit("invoice.paid", subscription.latest_invoice);
      emit("customer.subscription.updated", subscription);
    },
    setStatus(id: string, status: string, event = "customer.subscription.updated"): void {
      const subscription = need(subscriptions, id);
      subscription.status = status;
      emit(event, subscription);
    },
    cancelAtPeriodEnd(id: string, cancel: boolean): void {
      const subscription = need(subscriptions, id);
      subscription.cancel_at_period_end = cancel;
      emit("customer.subscription.updated", subscription);
    },
    /** @param at in seconds since 1970 */
    cancelAt(id: string, at: number): void {
      const subscription = need(subscriptions, id);
      subscription.cancel_at = at;
      emit("customer.subscription.updated", subscription);
    },
    cancelNow(id: string): FakeSubscription {
      const subscription = need(subscriptions, id);
      if (subscription.status === "canceled") return subscription;
      account.setStatus(id, "canceled", "customer.subscription.deleted");
      return subscription;
    },

    chargesOf: (customer: string): FakeCharge[] => ofCustomer(charges, customer),
    findCharge: (id: string) => charges.get(id),
    refund(chargeId: string): void {
      const charge = need(charges, chargeId);
      charge.refunded = true;
      emit("charge.refunded", charge);
    },
    dispute(chargeId: string): void {
      const charge = need(charges, chargeId);
      charge.disputed = true;
      emit("charge.dispute.created", {
        id: newId("du"),
        object: "dispute",
        charge: chargeId,
        status: "needs_response",
      });
    },
    /** An event of any type, also one that nobody handles. */
    emit,
  };
  return account;
}

function ofCustomer<Each extends { customer: string }>(all: ReadonlyMap<string, Each>, customer: string): Each[] {
  return [...all.values()].filter((each) => each.customer === customer).toReversed();
}

function need<Each>(all: ReadonlyMap<string, Each>, id: string): Each {
  const found = all.get(id);
  if (found === undefined) throw new Error(`there is no ${id}`);
  return found;
}

export const newId = (kind: string): string => `${kind}_${randomBytes(9).toString("hex")}`;

const nowS = (): number => Math.floor(Date.now() / 1000);
