import type { AppContext } from "../../app-context.ts";
import type { Plan, SubscriptionStatus, User } from "../../generated/prisma/client.ts";

/** What a user is told of their plan and what they pay for it. */
export type PlanSubscription = Readonly<{
  plan: Plan;
  status: SubscriptionStatus | null;
  currentPeriodEnd: Date | null;
  cancelAtPeriodEnd: boolean;
}>;

/** The plan that holds now, and the subscription, where there is or was one. */
export async function readSubscription(ctx: AppContext, user: Pick<User, "id" | "plan">): Promise<PlanSubscription> {
  const found = await ctx.db.subscription.findUnique({ where: { userId: user.id } });
  return {
    plan: user.plan,
    status: found?.status ?? null,
    currentPeriodEnd: found?.currentPeriodEnd ?? null,
    cancelAtPeriodEnd: found?.cancelAtPeriodEnd ?? false,
  };
}
