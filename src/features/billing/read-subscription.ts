import type { AppContext } from "../../app-context.ts";
import type { Plan, SubscriptionStatus, User } from "../../generated/prisma/client.ts";

/** A user's plan and subscription, as the user sees them. */
export type PlanSubscription = Readonly<{
  plan: Plan;
  status: SubscriptionStatus | null;
  currentPeriodEnd: Date | null;
  cancelAtPeriodEnd: boolean;
}>;

/** The present plan, and the subscription, if there is or was one. */
export async function readSubscription(ctx: AppContext, user: Pick<User, "id" | "plan">): Promise<PlanSubscription> {
  const found = await ctx.db.subscription.findUnique({ where: { userId: user.id } });
  return {
    plan: user.plan,
    status: found?.status ?? null,
    currentPeriodEnd: found?.currentPeriodEnd ?? null,
    cancelAtPeriodEnd: found?.cancelAtPeriodEnd ?? false,
  };
}
