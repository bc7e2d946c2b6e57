import type { AppContext } from "../../app-context.ts";
import type { Prisma, Subscription } from "../../generated/prisma/client.ts";
import type { ReceivedEvent } from "../../platform/stripe/events.ts";
import type { StripeSubscription } from "../../platform/stripe/subscriptions.ts";
import type { CustomerAtStripe, StripeApi } from "../../platform/stripe/stripe.ts";
import { changePlan } from "./change-plan.ts";
import { chooseSubscription, isRunning } from "./plan-rules.ts";

/**
 * The outcome of a sync with Stripe. `superseded`: a sync that began later was written first. `repeated`: the event was
 * handled before. `unknown`: not a customer of ours, or of a deleted user. `missing`: Stripe knows no such customer, so
 * the key may belong to another account; nothing is changed then.
 */
export type Synced = Readonly<{
  kind: "written" | "superseded" | "repeated" | "unknown" | "missing";
  /** Whether the stored subscription or the plan has changed. */
  changed: boolean;
}>;

type Sync = Readonly<{ customerId: string; userId: string; ticket: number; event: ReceivedEvent | undefined }>;
type State = Exclude<CustomerAtStripe, { kind: "missing" }>;

/**
 * Fetches a customer from Stripe and writes the subscription and the resulting plan in one transaction. It does not
 * matter why, how often, or in which order this is called.
 *
 * No lock is held during the request to Stripe. Each sync draws a ticket before its request; a sync that finds a higher
 * ticket written gives up, because that one asked later. A change at Stripe that neither has seen brings an event, and
 * with it another sync.
 *
 * @param event the reason, stored in the same transaction; an event that was stored before changes nothing
 * @throws {DomainError} `UNAVAILABLE` when Stripe is unavailable
 */
export async function syncCustomer(
  ctx: AppContext,
  stripe: StripeApi,
  customerId: string,
  event?: ReceivedEvent,
): Promise<Synced> {
  const [drawn] = await ctx.db.$queryRaw<{ userId: string | null; ticket: number }[]>`
    UPDATE "StripeCustomer" SET "fetches" = "fetches" + 1 WHERE "id" = ${customerId}
    RETURNING "userId"::text, "fetches" AS "ticket"`;
  if (!drawn || drawn.userId === null) return { kind: "unknown", changed: false };

  const state = await stripe.readCustomer(customerId);
  if (state.kind === "missing") {
    ctx.logger.error(
      { customerId, userId: drawn.userId },
      "Stripe does not know this customer: is the key another one's?",
    );
    return { kind: "missing", changed: false };
  }
  const sync = { customerId, userId: drawn.userId, ticket: drawn.ticket, event };
  let kind: Synced["kind"] = "written";
  const changed = await changePlan(ctx, sync.userId, async (tx) => {
    kind = await claim(ctx, tx, sync, state);
    return kind === "written" && writeSubscription(ctx, tx, sync.userId, state);
  });
  return changed === null ? { kind: "unknown", changed: false } : { kind, changed };
}

/** Records the event and the ticket, unless the event is known or a later sync was written. */
async function claim(
  ctx: AppContext,
  tx: Prisma.TransactionClient,
  { customerId, userId, ticket, event }: Sync,
  state: State,
): Promise<"written" | "repeated" | "superseded"> {
  if (event && !(await noteEvent(tx, event))) return "repeated";
  const claimed = await tx.stripeCustomer.updateMany({
    where: { id: customerId, userId, written: { lt: ticket } },
    data: { written: ticket, deletedAt: state.kind === "deleted" ? ctx.clock.now() : null },
  });
  return claimed.count > 0 ? "written" : "superseded";
}

/** @returns false when the event has been handled, here or by another process a moment ago */
async function noteEvent(tx: Prisma.TransactionClient, { id, type, createdAt }: ReceivedEvent): Promise<boolean> {
  const noted = await tx.stripeEvent.createMany({ data: [{ id, type, createdAt }], skipDuplicates: true });
  return noted.count > 0;
}

/** @returns whether it has changed */
async function writeSubscription(
  ctx: AppContext,
  tx: Prisma.TransactionClient,
  userId: string,
  state: State,
): Promise<boolean> {
  const before = await tx.subscription.findUnique({ where: { userId } });
  const after = await storeSubscription(ctx, tx, userId, before, state);
  const changed = FACTS.some((fact) => String(before?.[fact] ?? null) !== String(after?.[fact] ?? null));
  if (changed) ctx.logger.info({ userId, before: summarize(before), after: summarize(after) }, "subscription changed");
  return changed;
}

async function storeSubscription(
  ctx: AppContext,
  tx: Prisma.TransactionClient,
  userId: string,
  before: Subscription | null,
  state: State,
): Promise<Subscription | null> {
  if (state.kind === "deleted") {
    // Stripe ended everything that the customer had.
    if (!before) return null;
    return tx.subscription.update({ where: { userId }, data: { status: "CANCELED", pastDueSince: null } });
  }
  const running = state.subscriptions.filter(({ status }) => isRunning(status));
  if (running.length > 1) {
    ctx.logger.warn({ userId, subscriptions: running.map(({ id }) => id) }, "more than one subscription is paid for");
  }
  const chosen = chooseSubscription(state.subscriptions);
  if (!chosen) {
    await tx.subscription.deleteMany({ where: { userId } });
    return null;
  }
  const { id: stripeId, status, currentPeriodEnd, cancelAtPeriodEnd } = chosen;
  const pastDueSince = readPastDueSince(ctx, before, chosen);
  const data = { stripeId, status, currentPeriodEnd, cancelAtPeriodEnd, pastDueSince };
  return tx.subscription.upsert({ where: { userId }, create: { userId, ...data }, update: data });
}

/** The grace begins with the first unpaid invoice, and later ones do not restart it. */
function readPastDueSince(ctx: AppContext, before: Subscription | null, now: StripeSubscription): Date | null {
  if (now.status !== "PAST_DUE") return null;
  const known = before?.stripeId === now.id ? before.pastDueSince : null;
  return known ?? now.owedSince ?? ctx.clock.now();
}

/** The stored fields of a subscription. */
const FACTS = ["stripeId", "status", "currentPeriodEnd", "cancelAtPeriodEnd", "pastDueSince"] as const;

const summarize = (subscription: Subscription | null) =>
  subscription && Object.fromEntries(FACTS.map((fact) => [fact, subscription[fact]]));
